import { jobEvent } from '../domain/job-events.ts'
import { isWaiting, paused, resumed, type Job } from '../domain/job.ts'
import type { ChangeDeps } from './change-job.ts'

const RUN = 'its workflow run'

/** Holds back or releases the waiting jobs of a run; what runs already goes on. */
export const pauseRunJobs =
  ({ queue, list, clock, wake }: ChangeDeps) =>
  async (accountId: number, runId: string, pause: boolean): Promise<void> => {
    const fits = (job: Job) => (pause ? isWaiting(job) : job.state === 'paused')
    const fitting = (await list.ofRun(accountId, runId)).filter(fits)
    const nowMs = clock.now()
    await queue.change(
      fitting.map(({ number }) => number),
      (before) => {
        if (!fits(before)) return null
        const job = pause ? paused(before, RUN) : resumed(before, nowMs)
        return { job, events: [jobEvent(pause ? 'job.paused' : 'job.resumed', before, job, nowMs)] }
      },
    )
    if (!pause) wake()
  }
