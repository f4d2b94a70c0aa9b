import type { Clock } from '../../../lib/clock.ts'
import { eventNameOf, jobEvent } from '../domain/job-events.ts'
import { leaseExpired } from '../domain/job.ts'
import type { JobQueue } from '../ports/job-queue.ts'

const BATCH = 100

/** Gives up leases that ran out; with `worker`, all that a former life of this worker held. Answers how many. */
export const expireLeases =
  ({ queue, clock }: { queue: JobQueue; clock: Clock }) =>
  async (worker: string | null = null): Promise<number> => {
    let expired = 0
    for (;;) {
      const nowMs = clock.now()
      const numbers = await queue.expired(nowMs, worker, BATCH)
      await queue.change(numbers, (before) => {
        if (before.lease === null || (worker === null ? before.lease.untilMs >= nowMs : before.lease.worker !== worker)) return null
        const job = leaseExpired(before, nowMs)
        expired += 1
        return { job, events: [jobEvent(eventNameOf(job), before, job, nowMs)] }
      })
      if (numbers.length < BATCH) return expired
    }
  }
