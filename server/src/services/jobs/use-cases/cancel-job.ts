import type { Principal } from '../../identity/api.ts'
import { cancelled, type Job } from '../domain/job.ts'
import { changeJob, type ChangeDeps, type JobRef } from './change-job.ts'

/** Cancels a job, waiting or running. A running one is stopped by its worker at once when that is in this process, else at its next renewal. */
export const cancelJob =
  (deps: ChangeDeps) =>
  (by: Principal, ref: JobRef): Promise<Job> =>
    changeJob(deps, by, ref, { event: 'job.cancelled', apply: (job, nowMs) => cancelled(job, by.name, nowMs) })
