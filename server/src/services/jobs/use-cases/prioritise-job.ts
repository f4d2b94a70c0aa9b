import type { Principal } from '../../identity/api.ts'
import { prioritised, type Job } from '../domain/job.ts'
import { changeJob, type ChangeDeps, type JobRef } from './change-job.ts'

/** Changes the priority: 0 low to 100 high. */
export const prioritiseJob =
  (deps: ChangeDeps) =>
  (by: Principal, ref: JobRef, priority: number): Promise<Job> =>
    changeJob(deps, by, ref, { event: 'job.prioritised', apply: (job) => prioritised(job, priority) })
