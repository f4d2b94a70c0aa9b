import { CapstanError } from '../../../lib/errors.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { IdentityDeps } from '../deps.ts'
import { nameSubject } from '../domain/lock-out.ts'
import { csrfTokenOf } from '../domain/request-trust.ts'
import { SESSION_LIMITS, type Session } from '../domain/session.ts'
import { isTotpCode, recoveryCodeHash, totpStep } from '../domain/totp.ts'
import { isActive, mustEnrolTotp, type User } from '../domain/user.ts'
import { byUser, sessionCreated, sessionRemoved } from '../events.ts'
import type { SecondFactorUse } from '../ports/session-store.ts'
import { newSecret, secretHash } from '../secrets.ts'
import { recordFailure, refuseLocked, wrongPassword, type Attempt } from './verify-password.ts'

type Deps = Pick<IdentityDeps, 'users' | 'sessions' | 'lockOuts' | 'clock' | 'passwords' | 'requireTotp' | 'totpSeal' | 'verified'>

export type SignIn = Attempt & Readonly<{ password: string; code: string | null; userAgent: string }>
/** `secret` is the cookie's value; it is nowhere else. */
export type OpenedSession = Readonly<{ user: User; session: Session; secret: string; csrfToken: string; mustEnrolTotp: boolean }>

/**
 * Opens a session. Throws `unauthenticated` with the reason `wrong_password`, `totp_required` or `totp_wrong`, and `rate_limited` while
 * locked. Takes the same work for names that do not exist.
 */
export const signIn =
  (deps: Deps) =>
  (input: SignIn): Promise<OpenedSession> =>
    deps.passwords.inTurn(async () => {
      await refuseLocked(deps)(input)
      const user = await deps.users.findByName(input.accountId, input.name)
      const right = await deps.passwords.verify(user?.passwordHash ?? null, input.password)
      if (!user || !right || !isActive(user, deps.clock.now())) {
        await recordFailure(deps)(input, user, right ? 'disabled' : 'password')
        throw wrongPassword()
      }
      return open(deps, input, user)
    })

async function open(deps: Deps, input: SignIn, user: User): Promise<OpenedSession> {
  const secondFactor = await checkSecondFactor(deps, user, input.code)
  if (secondFactor === null) return refuseCode(deps, input, user)
  const secret = newSecret()
  const session = newSession(user, input, { secretHash: secretHash(secret), nowMs: deps.clock.now() })
  try {
    const ended = await deps.sessions.open(session, {
      expectedUserRevision: user.revision,
      secondFactor,
      forgiven: [nameSubject(input.name)],
      atMost: SESSION_LIMITS.perUserMax,
      ended: (over) => sessionRemoved(over, session.createdAtMs, { by: byUser(user, input.requestId), reason: 'too_many' }),
      events: [sessionCreated(session, byUser(user, input.requestId))],
    })
    if (ended.length > 0) deps.verified.forgetAll()
  } catch (error) {
    if (error instanceof CapstanError && error.details.reason === 'code_used') return refuseCode(deps, input, user)
    if (error instanceof CapstanError && error.code === 'stale') throw wrongPassword()
    throw error
  }
  return { user, session, secret, csrfToken: csrfTokenOf(secret), mustEnrolTotp: mustEnrolTotp(user, deps.requireTotp) }
}

/** Null when the code is wrong. A recovery code is looked up when the session opens. */
async function checkSecondFactor({ clock, totpSeal }: Deps, user: User, code: string | null): Promise<SecondFactorUse | null> {
  const { totp } = user
  if (totp.state !== 'on') return { kind: 'none' }
  if (code === null || code.trim() === '') {
    throw new CapstanError('unauthenticated', 'a code of the authenticator is needed too', { details: { reason: 'totp_required' } })
  }
  const typed = code.replaceAll(/\s/g, '')
  if (!isTotpCode(typed)) return { kind: 'recovery', hash: recoveryCodeHash(typed) }
  const step = totpStep(await totpSeal.open(user, totp.secret), typed, clock.now(), totp.lastStep)
  return step === null ? null : { kind: 'totp', step }
}

async function refuseCode(deps: Deps, input: SignIn, user: User): Promise<never> {
  await recordFailure(deps)(input, user, 'code')
  throw new CapstanError('unauthenticated', 'the code is wrong, or was used before: wait for the next one', {
    details: { reason: 'totp_wrong' },
  })
}

const newSession = (user: User, input: SignIn, { secretHash, nowMs }: { secretHash: string; nowMs: number }): Session => ({
  accountId: user.accountId,
  id: uuidv7(nowMs),
  userId: user.id,
  userName: user.name,
  secretHash,
  address: input.address.slice(0, 100),
  userAgent: input.userAgent.slice(0, SESSION_LIMITS.userAgentLengthMax),
  createdAtMs: nowMs,
  lastSeenAtMs: nowMs,
})
