import type { Clock } from '../../../lib/clock.ts'
import { notFound } from '../../../lib/errors.ts'
import { actorOf, authorise, type Principal } from '../../identity/api.ts'
import { jobEvent, type JobEventName } from '../domain/job-events.ts'
import type { Job } from '../domain/job.ts'
import type { JobList } from '../ports/job-list.ts'
import type { JobQueue } from '../ports/job-queue.ts'

export type ChangeDeps = { queue: JobQueue; list: JobList; clock: Clock; wake: () => void; recheck: () => void }
export type JobRef = string | number

/** What all actions of operators on one job share: find it, change it with its event, tell the workers. Throws `not_found`. */
export async function changeJob(
  { queue, list, clock, wake, recheck }: ChangeDeps,
  by: Principal,
  ref: JobRef,
  change: { event: JobEventName; apply: (job: Job, nowMs: number) => Job },
): Promise<Job> {
  authorise(by, 'operate')
  const found = await list.find(by.accountId, ref)
  if (!found) throw notFound('job', ref)
  const nowMs = clock.now()
  const [job] = await queue.change([found.number], (before) => {
    const after = change.apply(before, nowMs)
    return { job: after, events: [jobEvent(change.event, before, after, nowMs, actorOf(by), by.requestId)] }
  })
  if (!job) throw notFound('job', ref)
  if (found.state === 'running') recheck()
  wake()
  return job
}
