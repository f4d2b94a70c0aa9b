import type { Actor, EventEnvelope } from '@capstan/contract/events'
import { newEvent } from '../../../lib/events.ts'
import type { Job } from './job.ts'

export const JOB_EVENTS = [
  'job.created',
  'job.started',
  'job.delayed',
  'job.completed',
  'job.failed',
  'job.timed_out',
  'job.cancelled',
  'job.retried',
  'job.paused',
  'job.resumed',
  'job.in_doubt',
  'job.prioritised',
] as const
export type JobEventName = (typeof JOB_EVENTS)[number]

export const JOBS_ACTOR: Actor = { kind: 'system', id: 'jobs', name: 'Jobs' }

/** The event of a change. It carries what a workflow needs to go on: key, state, output and the job's revision. */
export const jobEvent = (
  name: JobEventName,
  before: Job | null,
  job: Job,
  atMs: number,
  actor: Actor = JOBS_ACTOR,
  requestId: string | null = null,
): EventEnvelope =>
  newEvent(name, atMs, {
    accountId: job.accountId,
    actor,
    subject: { kind: 'job', id: job.id, number: job.number, name: job.kind },
    before: before && { state: before.state },
    after: {
      state: job.state,
      kind: job.kind,
      key: job.key,
      nodeId: job.nodeId,
      revision: job.revision,
      attempt: job.attempt,
      ...(job.output === null ? {} : { output: job.output }),
      ...(job.why === null ? {} : { why: job.why }),
      ...(job.fault === null ? {} : { fault: job.fault }),
    },
    requestId,
    runId: job.runId,
    jobId: job.id,
    assetId: job.asset?.id ?? null,
  })

/** What a state reached by failing, expiring or handing back is called. */
export function eventNameOf(job: Job): JobEventName {
  if (job.state === 'completed') return 'job.completed'
  if (job.state === 'failed') return 'job.failed'
  if (job.state === 'timed_out') return 'job.timed_out'
  if (job.state === 'in_doubt') return 'job.in_doubt'
  return 'job.retried'
}
