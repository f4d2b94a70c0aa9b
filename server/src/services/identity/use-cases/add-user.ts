import { CapstanError } from '../../../lib/errors.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { IdentityDeps } from '../deps.ts'
import { checkPassword } from '../domain/password.ts'
import { authorise, type Principal } from '../domain/principal.ts'
import type { Role } from '../domain/role.ts'
import type { User } from '../domain/user.ts'
import { byPrincipal, userCreated } from '../events.ts'

export type NewUser = Readonly<{
  name: string
  displayName?: string | undefined
  email: string | null
  password: string
  roleIds: readonly string[]
  expiresAtMs: number | null
}>

/** Adds a user. Throws `invalid` for a weak password or an unknown role, `conflict` for a name that is taken. */
export const addUser =
  ({ users, roles, clock, passwords }: Pick<IdentityDeps, 'users' | 'roles' | 'clock' | 'passwords'>) =>
  async (by: Principal, input: NewUser): Promise<User> => {
    authorise(by, 'administer')
    checkPassword(input.password, input.name)
    if (await users.findByName(by.accountId, input.name)) throw nameTaken(input.name)
    const nowMs = clock.now()
    const user: User = {
      accountId: by.accountId,
      id: uuidv7(nowMs),
      name: input.name,
      displayName: input.displayName ?? input.name,
      email: input.email,
      roles: await getRoles(roles, by.accountId, input.roleIds),
      enabled: true,
      expiresAtMs: input.expiresAtMs,
      passwordHash: await passwords.hash(input.password),
      totp: { state: 'off' },
      revision: 1,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    }
    await users.add(user, [userCreated(user, byPrincipal(by))])
    return user
  }

/** Throws `invalid` when one of them is unknown. */
export async function getRoles(roles: IdentityDeps['roles'], accountId: number, ids: readonly string[]): Promise<Role[]> {
  const wanted = [...new Set(ids)]
  const found = await roles.findMany(accountId, wanted)
  const missing = wanted.find((id) => !found.some((role) => role.id === id))
  if (missing !== undefined)
    throw new CapstanError('invalid', `there is no role ${missing}`, { details: { field: 'roleIds', id: missing } })
  return found
}

const nameTaken = (name: string) => new CapstanError('conflict', `there is a user ${name} already`, { details: { field: 'name' } })
