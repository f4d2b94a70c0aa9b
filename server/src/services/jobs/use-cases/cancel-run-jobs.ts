import { jobEvent } from '../domain/job-events.ts'
import { cancelled, isEnded } from '../domain/job.ts'
import type { ChangeDeps } from './change-job.ts'

/** Cancels what is not finished of a run. */
export const cancelRunJobs =
  ({ queue, list, clock, recheck }: ChangeDeps) =>
  async (accountId: number, runId: string): Promise<void> => {
    const open = (await list.ofRun(accountId, runId)).filter((job) => !isEnded(job))
    const nowMs = clock.now()
    await queue.change(
      open.map(({ number }) => number),
      (before) => {
        if (isEnded(before)) return null
        const job = cancelled(before, 'its workflow run', nowMs)
        return { job, events: [jobEvent('job.cancelled', before, job, nowMs)] }
      },
    )
    if (open.length > 0) recheck()
  }
