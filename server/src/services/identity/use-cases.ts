import { CapstanError } from '../../lib/errors.ts'
import type { IdentityDeps } from './deps.ts'
import { csrfTokenOf, refuseForeignOrigin } from './domain/request-trust.ts'
import { addUser } from './use-cases/add-user.ts'
import { verifySession, type Credentials } from './use-cases/authenticate.ts'
import { changePassword } from './use-cases/change-password.ts'
import { changeUser } from './use-cases/change-user.ts'
import { createToken } from './use-cases/create-token.ts'
import { endSession } from './use-cases/end-session.ts'
import { getUser, listUsers } from './use-cases/find-users.ts'
import { listSessions } from './use-cases/list-sessions.ts'
import { listTokens } from './use-cases/list-tokens.ts'
import { removeToken } from './use-cases/remove-token.ts'
import { addRole, changeRole, listRoles, removeRole } from './use-cases/roles.ts'
import { signIn, type OpenedSession } from './use-cases/sign-in.ts'
import { confirmTotp, enrolTotp, removeTotp } from './use-cases/totp.ts'

export type IdentityUseCases = ReturnType<typeof useCasesOf>

/** What a person can ask of this service. */
export const useCasesOf = (deps: IdentityDeps) => ({
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
  /** The session that a cookie's value names; throws `unauthenticated` when it has ended. */
  getSession: async (secret: string): Promise<Omit<OpenedSession, 'secret'>> => {
    const { credential, user, mustEnrolTotp } = await verifySession(deps)(secret)
    if (credential.kind !== 'session') throw new CapstanError('unauthenticated', 'this is no session')
    return { user, session: credential.session, csrfToken: csrfTokenOf(secret), mustEnrolTotp }
  },
})
