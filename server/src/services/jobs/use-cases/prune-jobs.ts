import type { Clock } from '../../../lib/clock.ts'
import type { JobQueue } from '../ports/job-queue.ts'

const BATCH = 500

/** Removes jobs that ended longer ago than `keepMs`, with their logs; batch by batch, so that work goes on meanwhile. */
export const pruneJobs =
  ({ queue, clock, keepMs }: { queue: JobQueue; clock: Clock; keepMs: number }) =>
  async (): Promise<number> => {
    let pruned = 0
    for (;;) {
      const removed = await queue.prune(clock.now() - keepMs, BATCH)
      pruned += removed
      if (removed < BATCH) return pruned
    }
  }
