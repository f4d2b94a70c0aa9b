import type { IdentityDeps } from '../deps.ts'
import { authorise, type Principal } from '../domain/principal.ts'
import type { Token } from '../domain/token.ts'
import type { Listed, ListPage } from '../ports/account-store.ts'

/** One's own; `all` needs the right to administer. */
export const listTokens =
  ({ tokens }: Pick<IdentityDeps, 'tokens'>) =>
  async (by: Principal, { all, ...page }: ListPage & { all: boolean }): Promise<Listed<Token>> => {
    if (all) authorise(by, 'administer')
    return tokens.list(by.accountId, { ...page, userId: all ? null : by.id })
  }
