import { notFound } from '../../../lib/errors.ts'
import type { IdentityDeps } from '../deps.ts'
import { MASK } from '../domain/facts.ts'
import { nameSubject } from '../domain/lock-out.ts'
import { ADMINISTRATOR_ROLE } from '../domain/role.ts'
import { MAIN_ACCOUNT_ID, type Totp, type User } from '../domain/user.ts'
import { bySystem, sessionRemoved, userChanged, userEvent } from '../events.ts'
import { newReadableSecret } from '../secrets.ts'
import { ADMINISTRATOR, PASSWORD_GROUPS, type WayIn } from './ensure-administrator.ts'

type Deps = Pick<IdentityDeps, 'users' | 'roles' | 'lockOuts' | 'clock' | 'passwords' | 'verified'>

const ROLES_READ_MAX = 200
const RESET = bySystem('reset-password')

/**
 * A new password for somebody at the machine itself who has lost the way in: enables the user, gives back the administrator's role,
 * ends the sessions and lifts the lock. `removeTotp` for a lost second factor. Throws `not_found` for an unknown name.
 */
export const resetAdminPassword =
  (deps: Deps) =>
  async ({ name = ADMINISTRATOR, removeTotp = false }: { name?: string; removeTotp?: boolean } = {}): Promise<WayIn> => {
    const was = await deps.users.findByName(MAIN_ACCOUNT_ID, name)
    if (!was) throw notFound('user', name)
    const password = newReadableSecret(PASSWORD_GROUPS)
    const user = restored(was, {
      roles: await withAdministratorRole(deps, was),
      passwordHash: await deps.passwords.hash(password),
      totp: removeTotp ? { state: 'off' } : was.totp,
      updatedAtMs: deps.clock.now(),
    })
    await deps.users.save(user, {
      expectedRevision: was.revision,
      expectedAccessRevision: null,
      events: [
        userEvent('user.password_changed', user.updatedAtMs, RESET, { user, after: { password: MASK } }),
        userChanged(was, user, RESET),
      ],
      endSessions: {
        exceptId: null,
        event: (session) => sessionRemoved(session, user.updatedAtMs, { by: RESET, reason: 'password_changed' }),
      },
      recoveryCodes: removeTotp ? [] : null,
    })
    await deps.lockOuts.clear(MAIN_ACCOUNT_ID, [nameSubject(name)])
    deps.verified.forgetAll()
    return { name: user.name, password }
  }

const restored = (was: User, change: Pick<User, 'roles' | 'passwordHash' | 'updatedAtMs'> & { totp: Totp }): User => ({
  ...was,
  ...change,
  enabled: true,
  expiresAtMs: null,
  revision: was.revision + 1,
})

async function withAdministratorRole({ roles }: Deps, user: User): Promise<User['roles']> {
  const { items } = await roles.list(MAIN_ACCOUNT_ID, { limit: ROLES_READ_MAX, cursor: null })
  const administrator = items.find((role) => role.builtIn && role.name === ADMINISTRATOR_ROLE)
  if (!administrator || user.roles.some((role) => role.id === administrator.id)) return user.roles
  return [...user.roles, administrator]
}
