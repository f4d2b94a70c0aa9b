import type { Clock } from '../../../lib/clock.ts'
import type { NewJob } from '../api.ts'
import { jobEvent } from '../domain/job-events.ts'
import { newJob, type JobKind } from '../domain/job.ts'
import type { JobQueue } from '../ports/job-queue.ts'

type Deps = { queue: JobQueue; kinds: ReadonlyMap<string, JobKind>; clock: Clock; wake: () => void }

/** Adds jobs to the queue, all or none; a key that is there already adds nothing. */
export const enqueueJobs =
  ({ queue, kinds, clock, wake }: Deps) =>
  async (asked: readonly NewJob[]): Promise<void> => {
    const nowMs = clock.now()
    const jobs = asked.map((job) => newJob(job, kinds.get(job.kind), nowMs))
    const adding = queue.enqueue(jobs, (job) => jobEvent('job.created', null, job, nowMs))
    // A lease that is asked for now joins the commit of these jobs where units share commits; elsewhere the second call finds them.
    wake()
    if ((await adding) > 0) wake()
  }
