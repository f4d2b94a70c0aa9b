import { CapstanError } from '../../../lib/errors.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Principal } from '../domain/principal.ts'
import { refuseForeignOrigin, requireCsrfToken, sameSecret, type RequestOrigin } from '../domain/request-trust.ts'
import { isSessionOver, type Session } from '../domain/session.ts'
import { isTokenOver, parseToken, tokenRights, type Token } from '../domain/token.ts'
import { isActive, mustEnrolTotp, userRights, type User } from '../domain/user.ts'
import { secretHash } from '../secrets.ts'
import type { Verified } from '../verified-cache.ts'

type Deps = Pick<IdentityDeps, 'users' | 'sessions' | 'tokens' | 'clock' | 'verified' | 'requireTotp' | 'allowedOrigins'>

/** What a request shows to say who sent it. */
export type Credentials = RequestOrigin &
  Readonly<{
    cookie: string | undefined
    authorization: string | undefined
    csrfToken: string | undefined
    address: string
    requestId: string
  }>

const USE_WRITTEN_EVERY_MS = 60_000

/**
 * Who sent the request. A token counts before a cookie. Throws `unauthenticated` for what is missing, wrong, over
 * or revoked, and `forbidden` for a change with the cookie that another site may have sent. Somebody who must enrol a second factor
 * first has no rights.
 */
export const authenticate =
  (deps: Deps) =>
  async (credentials: Credentials): Promise<Principal> =>
    principalOf(await verify(deps, credentials), credentials)

async function verify(deps: Deps, credentials: Credentials): Promise<Verified> {
  const { authorization, cookie } = credentials
  if (authorization !== undefined) return verifyToken(deps)(bearerOf(authorization))
  if (cookie === undefined || cookie === '')
    throw new CapstanError('unauthenticated', 'sign in, or send a token', { details: { reason: 'no_credentials' } })
  const verified = await verifySession(deps)(cookie)
  refuseForeignOrigin(credentials, deps.allowedOrigins)
  requireCsrfToken(credentials.method, cookie, credentials.csrfToken)
  return verified
}

/** The session of a cookie's value; throws `unauthenticated` when there is none. */
export const verifySession =
  (deps: Deps) =>
  async (secret: string): Promise<Verified> => {
    const hash = secretHash(secret)
    const { verified, generation } = known(deps, hash)
    if (verified) return verified
    const session = await deps.sessions.findBySecret(hash)
    if (!session || isSessionOver(session, deps.clock.now())) throw signedOut()
    const user = await activeUser(deps, session)
    return remember(deps, hash, generation, {
      credential: { kind: 'session', session },
      user,
      rights: userRights(user),
      usedAtMs: session.lastSeenAtMs,
    })
  }

const verifyToken =
  (deps: Deps) =>
  async (text: string): Promise<Verified> => {
    const parts = parseToken(text)
    if (!parts) throw badToken()
    const cacheKey = secretHash(text)
    const { verified, generation } = known(deps, cacheKey)
    if (verified) return verified
    const token = await deps.tokens.find(parts.id)
    if (!token || !sameSecret(token.secretHash, secretHash(parts.secret)) || isTokenOver(token, deps.clock.now())) throw badToken()
    const user = await activeUser(deps, token)
    const rights = tokenRights(token, userRights(user))
    return remember(deps, cacheKey, generation, { credential: { kind: 'token', token }, user, rights, usedAtMs: token.lastUsedAtMs ?? 0 })
  }

/** From memory, unless it has come to its end since. */
function known(deps: Deps, hash: string): { verified: Verified | null; generation: number } {
  const nowMs = deps.clock.now()
  const verified = deps.verified.get(hash, nowMs)
  if (verified && (isCredentialOver(verified, nowMs) || !isActive(verified.user, nowMs))) throw signedOut()
  if (verified) writeUse(deps, verified, nowMs)
  return { verified, generation: deps.verified.generation }
}

const isCredentialOver = ({ credential }: Verified, nowMs: number): boolean =>
  credential.kind === 'session' ? isSessionOver(credential.session, nowMs) : isTokenOver(credential.token, nowMs)

async function activeUser(deps: Deps, { accountId, userId }: Session | Token): Promise<User> {
  const user = await deps.users.find(accountId, userId)
  if (!user || !isActive(user, deps.clock.now())) throw signedOut()
  return user
}

type Fresh = Pick<Verified, 'credential' | 'user'> & { rights: Iterable<Parameters<Verified['rights']['has']>[0]>; usedAtMs: number }

function remember(deps: Deps, hash: string, generation: number, fresh: Fresh): Verified {
  const nowMs = deps.clock.now()
  const mustEnrol = mustEnrolTotp(fresh.user, deps.requireTotp)
  const verified: Verified = {
    credential: fresh.credential,
    user: fresh.user,
    rights: new Set(mustEnrol ? [] : fresh.rights),
    mustEnrolTotp: mustEnrol,
    verifiedAtMs: nowMs,
    writtenUseAtMs: fresh.usedAtMs,
  }
  deps.verified.set(hash, verified, generation)
  writeUse(deps, verified, nowMs)
  return verified
}

/** At most once a minute, and nobody waits for it: reading must go on when the disk is full; the next minute tries again. */
function writeUse({ sessions, tokens }: Deps, verified: Verified, nowMs: number): void {
  if (nowMs - verified.writtenUseAtMs < USE_WRITTEN_EVERY_MS) return
  verified.writtenUseAtMs = nowMs
  const { credential, user } = verified
  const written =
    credential.kind === 'session'
      ? sessions.touch(user.accountId, credential.session.id, nowMs)
      : tokens.touch(user.accountId, credential.token.id, nowMs)
  written.catch(() => undefined)
}

const principalOf = (verified: Verified, { requestId, address }: { requestId: string | null; address: string | null }): Principal => ({
  kind: 'user',
  accountId: verified.user.accountId,
  id: verified.user.id,
  name: verified.user.name,
  rights: verified.rights,
  requestId,
  address,
})

function bearerOf(authorization: string): string {
  const match = /^Bearer +(\S+) *$/i.exec(authorization)
  if (!match)
    throw new CapstanError('unauthenticated', 'the header Authorization must be "Bearer <token>"', { details: { reason: 'bad_token' } })
  return match[1]!
}

const signedOut = () => new CapstanError('unauthenticated', 'the session has ended: sign in again', { details: { reason: 'signed_out' } })
const badToken = () =>
  new CapstanError('unauthenticated', 'the token is wrong, has expired or was revoked', { details: { reason: 'bad_token' } })
