import { notFound } from '../../../lib/errors.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Principal } from '../domain/principal.ts'
import { byPrincipal, sessionRemoved } from '../events.ts'

/** Ends a session of one's own, or, with the right to administer, of anybody. */
export const endSession =
  ({ sessions, clock, verified }: Pick<IdentityDeps, 'sessions' | 'clock' | 'verified'>) =>
  async (by: Principal, id: string): Promise<void> => {
    const session = await sessions.find(by.accountId, id)
    if (!session || (session.userId !== by.id && !by.rights.has('administer'))) throw notFound('session', id)
    const reason = session.userId === by.id ? 'signed_out' : 'revoked'
    await sessions.remove(by.accountId, id, [sessionRemoved(session, clock.now(), { by: byPrincipal(by), reason })])
    verified.forgetAll()
  }
