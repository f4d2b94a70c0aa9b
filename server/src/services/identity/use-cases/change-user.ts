import type { EventEnvelope } from '@capstan/contract/events'
import { CapstanError, notFound } from '../../../lib/errors.ts'
import type { IdentityDeps } from '../deps.ts'
import { MASK } from '../domain/facts.ts'
import { checkPassword } from '../domain/password.ts'
import { authorise, type Principal } from '../domain/principal.ts'
import { isLastingAdministrator, keepAnAdministrator, type User } from '../domain/user.ts'
import { byPrincipal, sessionRemoved, userChanged, userEvent, type By } from '../events.ts'
import { getRoles } from './add-user.ts'

type Deps = Pick<IdentityDeps, 'accounts' | 'users' | 'roles' | 'clock' | 'passwords' | 'verified'>

export type UserChange = Readonly<{
  displayName?: string | undefined
  email?: string | null | undefined
  password?: string | undefined
  roleIds?: readonly string[] | undefined
  enabled?: boolean | undefined
  expiresAtMs?: number | null | undefined
}>

/**
 * Changes a user; any revision when none is expected. A new password, and being disabled, end the user's sessions. Throws `stale`, `not_found`, `invalid` for a weak password
 * or an unknown role, and `conflict` when nobody would be left who administers.
 */
export const changeUser =
  (deps: Deps) =>
  async (
    by: Principal,
    id: string,
    { expectedRevision, change }: { expectedRevision: number | null; change: UserChange },
  ): Promise<User> => {
    authorise(by, 'administer')
    const was = await deps.users.find(by.accountId, id)
    if (!was) throw notFound('user', id)
    if (expectedRevision !== null && was.revision !== expectedRevision)
      throw new CapstanError('stale', 'the user was changed in the meantime: read it again', { details: { id } })
    if (change.password !== undefined) checkPassword(change.password, was.name)
    const user = await changed(deps, was, change)
    const hasEnded = change.password !== undefined || !user.enabled
    const who = byPrincipal(by)
    const reason = change.password === undefined ? 'disabled' : 'password_changed'
    await deps.users.save(user, {
      expectedRevision: was.revision,
      expectedAccessRevision: await guardAdministrators(deps, was, user),
      events: changeEvents(was, user, who),
      endSessions: hasEnded ? { exceptId: null, event: (session) => sessionRemoved(session, user.updatedAtMs, { by: who, reason }) } : null,
      recoveryCodes: null,
    })
    deps.verified.forgetAll()
    return user
  }

async function changed({ roles, clock, passwords }: Deps, was: User, change: UserChange): Promise<User> {
  return {
    ...was,
    displayName: change.displayName ?? was.displayName,
    email: change.email === undefined ? was.email : change.email,
    roles: change.roleIds === undefined ? was.roles : await getRoles(roles, was.accountId, change.roleIds),
    enabled: change.enabled ?? was.enabled,
    expiresAtMs: change.expiresAtMs === undefined ? was.expiresAtMs : change.expiresAtMs,
    passwordHash: change.password === undefined ? was.passwordHash : await passwords.hash(change.password),
    revision: was.revision + 1,
    updatedAtMs: clock.now(),
  }
}

function changeEvents(was: User, user: User, by: By): EventEnvelope[] {
  const events = [userChanged(was, user, by)]
  if (user.passwordHash === was.passwordHash) return events
  return [...events, userEvent('user.password_changed', user.updatedAtMs, by, { user, after: { password: MASK } })]
}

/** The access revision that the decision was made on; null when nobody loses the right to administer. */
async function guardAdministrators({ accounts, users }: Deps, was: User, user: User): Promise<number | null> {
  if (!isLastingAdministrator(was) || isLastingAdministrator(user)) return null
  const account = await accounts.find(was.accountId)
  if (!account) throw notFound('account', was.accountId)
  const administrators = await users.withRight(was.accountId, 'administer')
  keepAnAdministrator(administrators.map((before) => ({ before, after: before.id === user.id ? user : before })))
  return account.accessRevision
}
