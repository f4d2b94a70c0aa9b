import type { Clock } from '../../lib/clock.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { AccountStore, RoleStore, UserStore } from './ports/account-store.ts'
import type { LockOutStore, SessionStore, TokenStore } from './ports/session-store.ts'
import type { TotpSeal } from './totp-seal.ts'
import type { VerifiedCache } from './verified-cache.ts'

/** Everything that the use cases of this service work with; each takes what it needs. */
export type IdentityDeps = Readonly<{
  accounts: AccountStore
  users: UserStore
  roles: RoleStore
  sessions: SessionStore
  tokens: TokenStore
  lockOuts: LockOutStore
  clock: Clock
  passwords: PasswordHasher
  verified: VerifiedCache
  totpSeal: TotpSeal
  /** Whether whoever administers needs a second factor. */
  requireTotp: boolean
  /** Origins other than the platform's own whose pages may use the cookie, as `https://host:port`. */
  allowedOrigins: readonly string[]
}>
