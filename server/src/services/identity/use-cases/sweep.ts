import type { IdentityDeps } from '../deps.ts'
import { LOCK_OUT } from '../domain/lock-out.ts'
import { SESSION_LIMITS } from '../domain/session.ts'
import { EXPIRED_TOKEN_KEPT_MS } from '../domain/token.ts'
import { bySystem, sessionRemoved, tokenRemoved } from '../events.ts'

const BATCH = 200
/** Beyond this the next sweep goes on. */
const BATCHES_MAX = 100

/** Removes sessions that are over, tokens that expired long ago, and counters that nobody needs. Answers how many sessions and tokens. */
export const sweep =
  ({ sessions, tokens, lockOuts, clock }: Pick<IdentityDeps, 'sessions' | 'tokens' | 'lockOuts' | 'clock'>) =>
  async (): Promise<{ sessions: number; tokens: number }> => {
    const nowMs = clock.now()
    const why = { by: bySystem('sweep'), reason: 'expired' }
    const over = { createdMs: nowMs - SESSION_LIMITS.absoluteMs, seenMs: nowMs - SESSION_LIMITS.idleMs }
    const removed = {
      sessions: await inBatches(() => sessions.removeOver(over, BATCH, (session) => sessionRemoved(session, nowMs, why))),
      tokens: await inBatches(() => tokens.removeOver(nowMs - EXPIRED_TOKEN_KEPT_MS, BATCH, (token) => tokenRemoved(token, nowMs, why))),
    }
    await lockOuts.removeBefore(nowMs - LOCK_OUT.lockMsMax - LOCK_OUT.windowMs)
    return removed
  }

async function inBatches(removeBatch: () => Promise<unknown[]>): Promise<number> {
  let count = 0
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const removed = (await removeBatch()).length
    count += removed
    if (removed < BATCH) break
  }
  return count
}
