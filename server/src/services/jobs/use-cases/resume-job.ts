import type { Principal } from '../../identity/api.ts'
import { resumed, type Job } from '../domain/job.ts'
import { changeJob, type ChangeDeps, type JobRef } from './change-job.ts'

/** Lets a paused job go on. */
export const resumeJob =
  (deps: ChangeDeps) =>
  (by: Principal, ref: JobRef): Promise<Job> =>
    changeJob(deps, by, ref, { event: 'job.resumed', apply: resumed })
