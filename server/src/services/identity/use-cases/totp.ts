import { CapstanError, notFound } from '../../../lib/errors.ts'
import type { IdentityDeps } from '../deps.ts'
import { authorise, type Principal } from '../domain/principal.ts'
import { recoveryCodeHash, totpStep, totpUri } from '../domain/totp.ts'
import type { Totp, User } from '../domain/user.ts'
import { byPrincipal, userEvent } from '../events.ts'
import { newReadableSecret, newTotpSecret } from '../secrets.ts'
import { confirmIdentity } from './change-password.ts'

type Deps = Pick<IdentityDeps, 'users' | 'clock' | 'verified' | 'totpSeal'>

const RECOVERY_CODES = 10
/** Four groups of four: 79 bits, so that a plain hash keeps them. */
const RECOVERY_CODE_GROUPS = 4

/** Begins with a second factor and answers its secret. Nothing asks for it before `confirmTotp`. `conflict` when there is one already. */
export const enrolTotp =
  (deps: Deps & Pick<IdentityDeps, 'lockOuts' | 'passwords'>) =>
  async (by: Principal, currentPassword: string): Promise<{ secret: string; uri: string }> => {
    const user = await confirmIdentity(deps)(by, currentPassword)
    if (user.totp.state === 'on')
      throw new CapstanError('conflict', 'there is a second factor already: have an administrator remove it first')
    const secret = newTotpSecret()
    await saveTotp(deps, user, {
      by,
      totp: { state: 'enrolling', secret: await deps.totpSeal.close(user, secret) },
      event: 'user.totp_begun',
      recoveryCodes: null,
    })
    return { secret, uri: totpUri(secret, user.name) }
  }

/** Switches the second factor on with a first code and answers the recovery codes, this once. Throws `invalid` for a wrong code. */
export const confirmTotp =
  (deps: Deps) =>
  async (by: Principal, code: string): Promise<string[]> => {
    const user = await getUser(deps, by, by.id)
    if (user.totp.state !== 'enrolling') throw new CapstanError('conflict', 'begin with the second factor first')
    const { secret } = user.totp
    const step = totpStep(await deps.totpSeal.open(user, secret), code, deps.clock.now(), 0)
    if (step === null)
      throw new CapstanError('invalid', 'the code is wrong: is the clock of your device right?', { details: { field: 'code' } })
    const codes = Array.from({ length: RECOVERY_CODES }, () => newReadableSecret(RECOVERY_CODE_GROUPS))
    const totp: Totp = { state: 'on', secret, lastStep: step }
    await saveTotp(deps, user, { by, totp, event: 'user.totp_enabled', recoveryCodes: codes.map(recoveryCodeHash) })
    return codes
  }

/** Removes the second factor of somebody who lost it. */
export const removeTotp =
  (deps: Deps) =>
  async (by: Principal, id: string): Promise<void> => {
    authorise(by, 'administer')
    const user = await getUser(deps, by, id)
    if (user.totp.state === 'off') return
    await saveTotp(deps, user, { by, totp: { state: 'off' }, event: 'user.totp_removed', recoveryCodes: [] })
  }

async function getUser({ users }: Deps, by: Principal, id: string): Promise<User> {
  const user = await users.find(by.accountId, id)
  if (!user) throw notFound('user', id)
  return user
}

type TotpChange = { by: Principal; totp: Totp; event: string; recoveryCodes: readonly string[] | null }

async function saveTotp({ users, clock, verified }: Deps, was: User, { by, totp, event, recoveryCodes }: TotpChange): Promise<void> {
  const user: User = { ...was, totp, revision: was.revision + 1, updatedAtMs: clock.now() }
  const facts = { before: { totp: was.totp.state }, after: { totp: totp.state } }
  await users.save(user, {
    expectedRevision: was.revision,
    expectedAccessRevision: null,
    events: [userEvent(event, user.updatedAtMs, byPrincipal(by), { user, ...facts })],
    endSessions: null,
    recoveryCodes,
  })
  verified.forgetAll()
}
