import type { IdentityDeps } from '../deps.ts'
import { authorise, type Principal } from '../domain/principal.ts'
import type { Session } from '../domain/session.ts'
import type { Listed, ListPage } from '../ports/account-store.ts'

/** One's own; `all` needs the right to administer. */
export const listSessions =
  ({ sessions }: Pick<IdentityDeps, 'sessions'>) =>
  async (by: Principal, { all, ...page }: ListPage & { all: boolean }): Promise<Listed<Session>> => {
    if (all) authorise(by, 'administer')
    return sessions.list(by.accountId, { ...page, userId: all ? null : by.id })
  }
