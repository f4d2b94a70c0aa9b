import { notFound } from '../../../lib/errors.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Principal } from '../domain/principal.ts'
import { byPrincipal, tokenRemoved } from '../events.ts'

/** Revokes a token of one's own, or, with the right to administer, of anybody. */
export const removeToken =
  ({ tokens, clock, verified }: Pick<IdentityDeps, 'tokens' | 'clock' | 'verified'>) =>
  async (by: Principal, id: string): Promise<void> => {
    const token = await tokens.find(id)
    const mine = token?.userId === by.id || by.rights.has('administer')
    if (!token || token.accountId !== by.accountId || !mine) throw notFound('token', id)
    await tokens.remove(by.accountId, id, [tokenRemoved(token, clock.now(), { by: byPrincipal(by), reason: 'revoked' })])
    verified.forgetAll()
  }
