import type { FastifyRequest } from 'fastify'
import type { Route } from '../../http/route.ts'
import type { Clock } from '../../lib/clock.ts'
import type { IdentityApi } from './api.ts'
import type { IdentityDeps } from './deps.ts'
import type { Principal } from './domain/principal.ts'
import { csrfTokenOf, refuseForeignOrigin } from './domain/request-trust.ts'
import { cookieOf, credentialsOf } from './http-session.ts'
import { identityRoutes } from './http.ts'
import { PasswordHasher, type PasswordCost } from './password-hasher.ts'
import type { AccountStore, RoleStore, UserStore } from './ports/account-store.ts'
import type { LockOutStore, SessionStore, TokenStore } from './ports/session-store.ts'
import { addUser } from './use-cases/add-user.ts'
import { authenticate, verifySession, type Credentials } from './use-cases/authenticate.ts'
import { changePassword } from './use-cases/change-password.ts'
import { changeUser } from './use-cases/change-user.ts'
import { createToken } from './use-cases/create-token.ts'
import { endSession } from './use-cases/end-session.ts'
import { ensureAdministrator, type WayIn } from './use-cases/ensure-administrator.ts'
import { getUser, listUsers } from './use-cases/find-users.ts'
import { listSessions } from './use-cases/list-sessions.ts'
import { listTokens } from './use-cases/list-tokens.ts'
import { removeToken } from './use-cases/remove-token.ts'
import { resetAdminPassword } from './use-cases/reset-admin-password.ts'
import { addRole, changeRole, listRoles, removeRole } from './use-cases/roles.ts'
import { signIn, type OpenedSession } from './use-cases/sign-in.ts'
import { sweep } from './use-cases/sweep.ts'
import { confirmTotp, enrolTotp, removeTotp } from './use-cases/totp.ts'
import { VerifiedCache } from './verified-cache.ts'

/** The ports that this service needs. */
export type IdentityStores = {
  accounts: AccountStore
  users: UserStore
  roles: RoleStore
  sessions: SessionStore
  tokens: TokenStore
  lockOuts: LockOutStore
}

export type IdentityOptions = {
  /** Whoever administers has no rights before a second factor; for a platform that is reachable from elsewhere. */
  requireTotp: boolean
  /** Origins besides the platform's own whose pages may use the cookie, as `https://host:port`: the public URL behind a proxy. */
  allowedOrigins?: readonly string[]
  /** For tests only: cheaper hashes. */
  passwordCost?: PasswordCost
}

export type Identity = {
  routes(route: Route): void
  /** Throws `unauthenticated` without or with wrong credentials, `forbidden` for what another site may have sent. Needs @fastify/cookie. */
  authenticate(request: FastifyRequest): Promise<Principal>
  /** At every start. Answers the way in at the very first one, this once; afterwards null. */
  ensureAdministrator(options?: { password?: string }): Promise<WayIn | null>
  resetAdminPassword(options?: { name?: string; removeTotp?: boolean }): Promise<WayIn>
  /** Removes what has expired; call it every few minutes. */
  sweep(): Promise<{ sessions: number; tokens: number }>
  api: IdentityApi
}

export type IdentityUseCases = ReturnType<typeof useCasesOf>

export function createIdentity({ stores, clock, options }: { stores: IdentityStores; clock: Clock; options: IdentityOptions }): Identity {
  const deps: IdentityDeps = {
    ...stores,
    clock,
    passwords: new PasswordHasher(options.passwordCost),
    verified: new VerifiedCache(),
    requireTotp: options.requireTotp,
    allowedOrigins: options.allowedOrigins ?? [],
  }
  const authenticated = authenticate(deps)
  return {
    routes: (route) => identityRoutes(route, useCasesOf(deps)),
    authenticate: (request) => authenticated(credentialsOf(request)),
    ensureAdministrator: ensureAdministrator(deps),
    resetAdminPassword: resetAdminPassword(deps),
    sweep: sweep(deps),
    api: { authenticate: authenticated },
  }
}

const useCasesOf = (deps: IdentityDeps) => ({
  listUsers: listUsers(deps),
  getUser: getUser(deps),
  addUser: addUser(deps),
  changeUser: changeUser(deps),
  changePassword: changePassword(deps),
  enrolTotp: enrolTotp(deps),
  confirmTotp: confirmTotp(deps),
  removeTotp: removeTotp(deps),
  listRoles: listRoles(deps),
  addRole: addRole(deps),
  changeRole: changeRole(deps),
  removeRole: removeRole(deps),
  signIn: signIn(deps),
  endSession: endSession(deps),
  listSessions: listSessions(deps),
  createToken: createToken(deps),
  listTokens: listTokens(deps),
  removeToken: removeToken(deps),
  /** Refuses a sign-in that another site's page sends. */
  trust: (credentials: Credentials): Credentials => {
    refuseForeignOrigin(credentials, deps.allowedOrigins)
    return credentials
  },
  /** The session that the request's cookie names; null when it has none, or shows a token. */
  currentSession: async (request: FastifyRequest): Promise<Omit<OpenedSession, 'secret'> | null> => {
    const secret = cookieOf(request)
    if (secret === undefined || request.headers.authorization !== undefined) return null
    const { credential, user, mustEnrolTotp } = await verifySession(deps)(secret)
    if (credential.kind !== 'session') return null
    return { user, session: credential.session, csrfToken: csrfTokenOf(secret), mustEnrolTotp }
  },
})
