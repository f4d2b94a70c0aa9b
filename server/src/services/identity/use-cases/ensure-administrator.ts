import { CapstanError } from '../../../lib/errors.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { IdentityDeps } from '../deps.ts'
import { checkPassword } from '../domain/password.ts'
import { ADMINISTRATOR_ROLE, BUILT_IN_ROLES, type BuiltInRole, type Role } from '../domain/role.ts'
import { MAIN_ACCOUNT_ID, nameKeyOf, type User } from '../domain/user.ts'
import { bySystem, roleChanged, roleCreated, userCreated } from '../events.ts'
import type { RoleStore } from '../ports/account-store.ts'
import { newReadableSecret } from '../secrets.ts'

type Deps = Pick<IdentityDeps, 'accounts' | 'roles' | 'clock' | 'passwords'>

export type WayIn = Readonly<{ name: string; password: string }>

export const ADMINISTRATOR = 'admin'
/** Five groups of four: 99 bits. */
export const PASSWORD_GROUPS = 5
const ROLES_READ_MAX = 200
const SETUP = bySystem('setup')

/**
 * Adds the account, the built-in roles and the administrator at the first start and answers the way in, this once. Later it brings the
 * built-in roles to this release and answers null. Throws `invalid` for a given password that is too weak.
 */
export const ensureAdministrator =
  (deps: Deps) =>
  async ({ password }: { password?: string } = {}): Promise<WayIn | null> => {
    if (await deps.accounts.find(MAIN_ACCOUNT_ID)) {
      await bringRolesUpToDate(deps)
      return null
    }
    if (password !== undefined) checkPassword(password, ADMINISTRATOR)
    const wayIn = { name: ADMINISTRATOR, password: password ?? newReadableSecret(PASSWORD_GROUPS) }
    const created = await createAccount(deps, await deps.passwords.hash(wayIn.password))
    return created ? wayIn : null
  }

/** False when another process was first. */
async function createAccount({ accounts, clock }: Deps, passwordHash: string): Promise<boolean> {
  const nowMs = clock.now()
  const roles = BUILT_IN_ROLES.map((builtIn) => newBuiltInRole(builtIn, nowMs))
  const user: User = {
    accountId: MAIN_ACCOUNT_ID,
    id: uuidv7(nowMs),
    name: ADMINISTRATOR,
    displayName: 'Administrator',
    email: null,
    roles: roles.filter((role) => role.name === ADMINISTRATOR_ROLE),
    enabled: true,
    expiresAtMs: null,
    passwordHash,
    totp: { state: 'off' },
    revision: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
  const events = [...roles.map((role) => roleCreated(role, nowMs, SETUP)), userCreated(user, SETUP)]
  const account = { id: MAIN_ACCOUNT_ID, name: 'main', accessRevision: 1, createdAtMs: nowMs }
  return unlessDone(() => accounts.create(account, roles, user, events))
}

async function bringRolesUpToDate({ roles, clock }: Deps): Promise<void> {
  const nowMs = clock.now()
  const { items } = await roles.list(MAIN_ACCOUNT_ID, { limit: ROLES_READ_MAX, cursor: null })
  for (const builtIn of BUILT_IN_ROLES) {
    const found = items.find((role) => nameKeyOf(role.name) === nameKeyOf(builtIn.name))
    await unlessDone(() => bringRoleUpToDate(roles, { found, builtIn, nowMs }))
  }
}

async function bringRoleUpToDate(
  roles: RoleStore,
  { found, builtIn, nowMs }: { found: Role | undefined; builtIn: BuiltInRole; nowMs: number },
) {
  if (!found) {
    const role = newBuiltInRole(builtIn, nowMs)
    return roles.add(role, [roleCreated(role, nowMs, SETUP)])
  }
  if (!found.builtIn || isUpToDate(found, builtIn)) return
  const role = { ...found, description: builtIn.description, rights: builtIn.rights, revision: found.revision + 1 }
  await roles.save(role, {
    expectedRevision: found.revision,
    expectedAccessRevision: null,
    events: [roleChanged(found, role, nowMs, SETUP)],
  })
}

/** Another process that starts at the same moment may have been first. Answers whether this one was. */
async function unlessDone(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof CapstanError && (error.code === 'conflict' || error.code === 'stale')) return false
    throw error
  }
}

const isUpToDate = (role: Role, builtIn: BuiltInRole): boolean =>
  role.description === builtIn.description && JSON.stringify(role.rights) === JSON.stringify(builtIn.rights)

const newBuiltInRole = (builtIn: BuiltInRole, nowMs: number): Role => ({
  accountId: MAIN_ACCOUNT_ID,
  id: uuidv7(nowMs),
  ...builtIn,
  builtIn: true,
  revision: 1,
})
