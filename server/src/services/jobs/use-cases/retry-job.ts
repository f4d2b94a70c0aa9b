import type { Principal } from '../../identity/api.ts'
import { retried, type Job } from '../domain/job.ts'
import { changeJob, type ChangeDeps, type JobRef } from './change-job.ts'

/** Tries a job again that failed, timed out or was cancelled; its attempts start anew. */
export const retryJob =
  (deps: ChangeDeps) =>
  (by: Principal, ref: JobRef): Promise<Job> =>
    changeJob(deps, by, ref, { event: 'job.retried', apply: (job, nowMs) => retried(job, by.name, nowMs) })
