import type { Principal } from '../../identity/api.ts'
import { settled, type Job } from '../domain/job.ts'
import { changeJob, type ChangeDeps, type JobRef } from './change-job.ts'

export type Settlement = Readonly<{ outcome: 'completed' | 'failed'; note: string }>

/** A person says what happened to a job in doubt. */
export const settleJob =
  (deps: ChangeDeps) =>
  (by: Principal, ref: JobRef, { outcome, note }: Settlement): Promise<Job> =>
    changeJob(deps, by, ref, {
      event: outcome === 'completed' ? 'job.completed' : 'job.failed',
      apply: (job, nowMs) => settled(job, outcome, note, nowMs),
    })
