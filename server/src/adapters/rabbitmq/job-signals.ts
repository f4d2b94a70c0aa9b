import type { Job } from '../../services/jobs/domain/job.ts'
import type { JobQueue } from '../../services/jobs/ports/job-queue.ts'
import type { RabbitmqSignals } from './signals.ts'

type Pool = Job['pool']

const signalOf = (pool: Pool): string => `work.${pool}`

/** The queue, which tells the workers of other processes after the commit that there is work for a pool. A lost signal costs them a second: they look anyway. */
export const announcing = (queue: JobQueue, signals: RabbitmqSignals): JobQueue => {
  const announce = (pools: readonly Pool[]) => new Set(pools).forEach((pool) => signals.emit(signalOf(pool)))
  return {
    enqueue: async (jobs, created) => {
      const added = await queue.enqueue(jobs, created)
      if (added > 0) announce(jobs.map(({ pool }) => pool))
      return added
    },
    change: async (numbers, decide) => {
      const jobs = await queue.change(numbers, decide)
      announce(jobs.filter(({ state }) => state === 'queued').map(({ pool }) => pool))
      return jobs
    },
    lease: (...request) => queue.lease(...request),
    renew: (...request) => queue.renew(...request),
    expired: (...request) => queue.expired(...request),
    prune: (...request) => queue.prune(...request),
  }
}

/** Calls `listener` when another process has work for one of these pools. */
export const onWork = (signals: RabbitmqSignals, pools: readonly Pool[], listener: () => void): void => {
  for (const pool of pools) signals.on(signalOf(pool), listener)
}
