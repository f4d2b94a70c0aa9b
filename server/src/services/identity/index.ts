import type { FastifyRequest } from 'fastify'
import type { Route } from '../../http/route.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Secrets } from '../../ports/secrets.ts'
import type { IdentityApi } from './api.ts'
import type { IdentityDeps } from './deps.ts'
import type { Principal } from './domain/principal.ts'
import { credentialsOf } from './http-session.ts'
import { identityRoutes } from './http.ts'
import { PasswordHasher, type PasswordCost } from './password-hasher.ts'
import type { AccountStore, RoleStore, UserStore } from './ports/account-store.ts'
import type { LockOutStore, SessionStore, TokenStore } from './ports/session-store.ts'
import { authenticate } from './use-cases/authenticate.ts'
import { ensureAdministrator, type WayIn } from './use-cases/ensure-administrator.ts'
import { resetAdminPassword } from './use-cases/reset-admin-password.ts'
import { sealSecondFactors } from './use-cases/seal-second-factors.ts'
import { sweep } from './use-cases/sweep.ts'
import { TotpSeal } from './totp-seal.ts'
import { useCasesOf } from './use-cases.ts'
import { VerifiedCache } from './verified-cache.ts'

/** The ports that this service needs. */
export type IdentityStores = {
  accounts: AccountStore
  users: UserStore
  roles: RoleStore
  sessions: SessionStore
  tokens: TokenStore
  lockOuts: LockOutStore
  secrets: Secrets
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
  /** At every start, before anybody signs in. */
  sealSecondFactors(): Promise<{ sealed: number; unreadable: number }>
  /** Removes what has expired; call it every few minutes. */
  sweep(): Promise<{ sessions: number; tokens: number }>
  api: IdentityApi
}

export function createIdentity({ stores, clock, options }: { stores: IdentityStores; clock: Clock; options: IdentityOptions }): Identity {
  const deps: IdentityDeps = {
    ...stores,
    clock,
    passwords: new PasswordHasher(options.passwordCost),
    verified: new VerifiedCache(),
    totpSeal: new TotpSeal(stores.secrets),
    requireTotp: options.requireTotp,
    allowedOrigins: options.allowedOrigins ?? [],
  }
  const authenticated = authenticate(deps)
  return {
    routes: (route) => identityRoutes(route, useCasesOf(deps)),
    authenticate: (request) => authenticated(credentialsOf(request)),
    ensureAdministrator: ensureAdministrator(deps),
    resetAdminPassword: resetAdminPassword(deps),
    sealSecondFactors: sealSecondFactors(deps),
    sweep: sweep(deps),
    api: { authenticate: authenticated },
  }
}
