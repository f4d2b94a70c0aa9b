import type { Clock } from '../../../lib/clock.ts'
import type { RunStore } from '../ports/run-store.ts'

const BATCH = 500
/** Events come again within seconds; should one come later still, the job's revision tells that it is old news. */
const HANDLED_KEPT_MS = 2 * 86_400_000

/** Removes runs that ended longer ago than `keepMs`, and the memory of events that cannot come again; batch by batch. */
export const pruneRuns =
  ({ runs, clock, keepMs }: { runs: RunStore; clock: Clock; keepMs: number }) =>
  async (): Promise<number> => {
    let pruned = 0
    for (;;) {
      const nowMs = clock.now()
      const removed = await runs.prune({ endedMs: nowMs - keepMs, handledMs: nowMs - HANDLED_KEPT_MS }, BATCH)
      pruned += removed
      if (removed < BATCH) return pruned
    }
  }
