import { actorOf, authorise, type Principal } from '../../identity/api.ts'
import type { JobFilter } from '../domain/job-filter.ts'
import { jobEvent } from '../domain/job-events.ts'
import { cancelled, isEnded, retried, type Job } from '../domain/job.ts'
import type { ChangeDeps } from './change-job.ts'

export type ManyJobs = Readonly<{ action: 'retry' | 'cancel'; filter: JobFilter; dryRun: boolean }>

const BATCH = 200

const fits = (job: Job, action: ManyJobs['action']): boolean =>
  action === 'cancel' ? !isEnded(job) : job.state === 'failed' || job.state === 'timed_out' || job.state === 'cancelled'

/** Retries or cancels all jobs that match and can be; a dry run only counts those. Each batch of 200 is one transaction. */
export const changeManyJobs =
  ({ queue, list, clock, wake, recheck }: ChangeDeps) =>
  async (by: Principal, { action, filter, dryRun }: ManyJobs): Promise<{ matched: number; changed: number }> => {
    authorise(by, 'operate')
    let [matched, changed, after] = [0, 0, 0]
    for (;;) {
      const numbers = await list.numbers(by.accountId, filter, after, BATCH)
      const nowMs = clock.now()
      const fitting = new Set<number>()
      await queue.change(numbers, (before) => {
        if (!fits(before, action)) return null
        fitting.add(before.number)
        if (dryRun) return null
        const job = action === 'cancel' ? cancelled(before, by.name, nowMs) : retried(before, by.name, nowMs)
        return {
          job,
          events: [jobEvent(action === 'cancel' ? 'job.cancelled' : 'job.retried', before, job, nowMs, actorOf(by), by.requestId)],
        }
      })
      matched += fitting.size
      if (!dryRun) changed += fitting.size
      after = numbers.at(-1) ?? after
      if (numbers.length < BATCH) break
    }
    if (changed > 0) [recheck, wake].forEach((tell) => tell())
    return { matched, changed }
  }
