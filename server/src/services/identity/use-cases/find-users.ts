import { notFound } from '../../../lib/errors.ts'
import type { IdentityDeps } from '../deps.ts'
import { isLocked, nameSubject } from '../domain/lock-out.ts'
import { authorise, type Principal } from '../domain/principal.ts'
import type { User } from '../domain/user.ts'
import type { Listed, ListPage } from '../ports/account-store.ts'

type Deps = Pick<IdentityDeps, 'users' | 'lockOuts' | 'clock'>

export type UserStatus = Readonly<{ user: User; lockedUntilMs: number | null }>

/** Users of the account by name; `q` is a part of a name. */
export const listUsers =
  (deps: Deps) =>
  async (by: Principal, page: ListPage & { q: string | null }): Promise<Listed<UserStatus>> => {
    authorise(by, 'administer')
    const { items, nextCursor } = await deps.users.list(by.accountId, page)
    return { items: await withStatus(deps, by.accountId, items), nextCursor }
  }

/** One user; oneself without any right. Throws `not_found`. */
export const getUser =
  (deps: Deps) =>
  async (by: Principal, id: string): Promise<UserStatus> => {
    if (id !== by.id) authorise(by, 'administer')
    const user = await deps.users.find(by.accountId, id)
    if (!user) throw notFound('user', id)
    return (await withStatus(deps, by.accountId, [user]))[0]!
  }

async function withStatus({ lockOuts, clock }: Deps, accountId: number, users: readonly User[]): Promise<UserStatus[]> {
  const nowMs = clock.now()
  const found = await lockOuts.findMany(
    accountId,
    users.map((user) => nameSubject(user.name)),
  )
  return users.map((user) => {
    const lockOut = found.get(nameSubject(user.name)) ?? null
    return { user, lockedUntilMs: isLocked(lockOut, nowMs) ? lockOut!.lockedUntilMs : null }
  })
}
