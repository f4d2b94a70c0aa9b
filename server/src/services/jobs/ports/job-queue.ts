import type { EventEnvelope } from '@capstan/contract/events'
import type { Quota } from '../domain/admission.ts'
import type { Job, Obstacle, UnnumberedJob } from '../domain/job.ts'

/** A job as it becomes, with the events of the change; null leaves it as it is. Pure: it may be asked again. */
export type JobChange = Readonly<{ job: Job; events: readonly EventEnvelope[] }> | null
export type DecideJob = (job: Job) => JobChange

export type LeaseRequest = Readonly<{ pool: Job['pool']; kinds: readonly string[]; limit: number }>
/** `take` makes the leased job, `delay` the one that must wait. Pure. */
export type LeaseDecisions = Readonly<{
  take: (job: Job) => NonNullable<JobChange>
  delay: (job: Job, obstacle: Obstacle) => NonNullable<JobChange>
}>
export type HeldLease = Readonly<{ number: number; token: string; progress: number | null }>

/** The queue: every method is one durable transaction, and a change is committed with its events or not at all. */
export interface JobQueue {
  /** Adds jobs; a key that the account has already adds nothing and tells no event. `created` makes the event of a new job. Answers how many were new. */
  enqueue(jobs: readonly UnnumberedJob[], created: (job: Job) => EventEnvelope): Promise<number>
  /**
   * Takes the ready jobs of each pool, highest priority first, then the one that is ready longest. A job is handed to one caller only. Scheduled
   * jobs whose time has come are ready. One whose lock another has waits for it, and is handed it in its turn when the other does not run any more; one
   * beyond a quota is pending until there is room. Locks and quotas hold among all who lease.
   */
  lease(requests: readonly LeaseRequest[], decisions: LeaseDecisions, quotas: readonly Quota[]): Promise<Job[]>
  /** Prolongs leases and saves progress; answers the numbers of those that were lost. */
  renew(leases: readonly HeldLease[], untilMs: number): Promise<number[]>
  /** Changes jobs by number, all in one transaction; what `decide` throws undoes it all. Answers the jobs as they are afterwards; unknown numbers are left out. */
  change(numbers: readonly number[], decide: DecideJob): Promise<Job[]>
  /** Numbers of running jobs whose lease ran out before `nowMs`, or, with `worker`, all that this worker holds. */
  expired(nowMs: number, worker: string | null, limit: number): Promise<number[]>
  /** Removes jobs that ended before, with their logs. Answers how many. */
  prune(endedBeforeMs: number, limit: number): Promise<number>
}
