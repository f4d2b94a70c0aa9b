import type { Right } from '@capstan/contract/rights'
import { CapstanError, notFound } from '../../../lib/errors.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { IdentityDeps } from '../deps.ts'
import { authorise, type Principal } from '../domain/principal.ts'
import type { Role } from '../domain/role.ts'
import { keepAnAdministrator } from '../domain/user.ts'
import { byPrincipal, roleChanged, roleCreated, roleRemoved } from '../events.ts'
import type { Listed, ListPage } from '../ports/account-store.ts'

type Deps = Pick<IdentityDeps, 'accounts' | 'users' | 'roles' | 'clock' | 'verified'>

export type RoleFields = Readonly<{ name: string; description: string; rights: readonly Right[] }>
export type RoleChange = Readonly<{ [K in keyof RoleFields]?: RoleFields[K] | undefined }>

export const listRoles =
  ({ roles }: Pick<Deps, 'roles'>) =>
  async (by: Principal, page: ListPage): Promise<Listed<Role>> => {
    authorise(by, 'administer')
    return roles.list(by.accountId, page)
  }

/** `conflict` for a name that is taken. */
export const addRole =
  ({ roles, clock }: Pick<Deps, 'roles' | 'clock'>) =>
  async (by: Principal, fields: RoleFields): Promise<Role> => {
    authorise(by, 'administer')
    const nowMs = clock.now()
    const role: Role = { accountId: by.accountId, id: uuidv7(nowMs), ...fields, rights: unique(fields.rights), builtIn: false, revision: 1 }
    await roles.add(role, [roleCreated(role, nowMs, byPrincipal(by))])
    return role
  }

/** Any revision when none is expected. Throws `stale`, `not_found`, and `conflict` for a built-in role or when nobody would be left who administers. */
export const changeRole =
  (deps: Deps) =>
  async (
    by: Principal,
    id: string,
    { expectedRevision, change }: { expectedRevision: number | null; change: RoleChange },
  ): Promise<Role> => {
    authorise(by, 'administer')
    const was = await getOwnRole(deps, by, id)
    if (expectedRevision !== null && was.revision !== expectedRevision)
      throw new CapstanError('stale', 'the role was changed in the meantime: read it again', { details: { id } })
    const role: Role = {
      ...was,
      name: change.name ?? was.name,
      description: change.description ?? was.description,
      rights: change.rights ? unique(change.rights) : was.rights,
      revision: was.revision + 1,
    }
    await deps.roles.save(role, {
      expectedRevision: was.revision,
      expectedAccessRevision: await guardAdministrators(deps, was, role),
      events: [roleChanged(was, role, deps.clock.now(), byPrincipal(by))],
    })
    deps.verified.forgetAll()
    return role
  }

/** Throws `conflict` for a built-in role and while somebody has it. */
export const removeRole =
  (deps: Deps) =>
  async (by: Principal, id: string): Promise<void> => {
    authorise(by, 'administer')
    const role = await getOwnRole(deps, by, id)
    await deps.roles.remove(by.accountId, id, [roleRemoved(role, deps.clock.now(), byPrincipal(by))])
    deps.verified.forgetAll()
  }

async function getOwnRole({ roles }: Deps, by: Principal, id: string): Promise<Role> {
  const [role] = await roles.findMany(by.accountId, [id])
  if (!role) throw notFound('role', id)
  if (!role.builtIn) return role
  throw new CapstanError('conflict', `the role ${role.name} comes with Capstan and stays as it is: add one of your own`, {
    details: { reason: 'built_in' },
  })
}

/** The access revision that the decision was made on; null when the role does not lose the right to administer. */
async function guardAdministrators({ accounts, users }: Deps, was: Role, role: Role): Promise<number | null> {
  if (!was.rights.includes('administer') || role.rights.includes('administer')) return null
  const account = await accounts.find(was.accountId)
  if (!account) throw notFound('account', was.accountId)
  const administrators = await users.withRight(was.accountId, 'administer')
  keepAnAdministrator(
    administrators.map((before) => ({
      before,
      after: { ...before, roles: before.roles.map((held) => (held.id === role.id ? role : held)) },
    })),
  )
  return account.accessRevision
}

const unique = (rights: readonly Right[]): Right[] => [...new Set(rights)]
