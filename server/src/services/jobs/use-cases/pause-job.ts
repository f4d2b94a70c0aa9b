import type { Principal } from '../../identity/api.ts'
import { paused, type Job } from '../domain/job.ts'
import { changeJob, type ChangeDeps, type JobRef } from './change-job.ts'

/** Holds a waiting job back. */
export const pauseJob =
  (deps: ChangeDeps) =>
  (by: Principal, ref: JobRef): Promise<Job> =>
    changeJob(deps, by, ref, { event: 'job.paused', apply: (job) => paused(job, by.name) })
