import type { Principal } from './domain/principal.ts'
import type { Credentials } from './use-cases/authenticate.ts'

export { actorOf, authorise, seesPlaces, systemPrincipal, type Principal } from './domain/principal.ts'

/** What other services may ask of identity. */
export type IdentityApi = {
  /** Who shows these credentials. Throws `unauthenticated` or `forbidden`. */
  authenticate(credentials: Credentials): Promise<Principal>
}
