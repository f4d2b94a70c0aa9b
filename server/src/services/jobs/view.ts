import type { JobLogLine, JobView } from '@capstan/contract/work'
import { isoTime } from '../../lib/clock.ts'
import type { Job } from './domain/job.ts'

const time = (ms: number | null): string | null => (ms === null ? null : isoTime(ms))

/** A job as the API shows it. `progress` is what the worker last said, when it runs here. */
export const jobView = (job: Job, progress: number | null = job.progress): JobView => ({
  id: job.id,
  number: job.number,
  key: job.key,
  kind: job.kind,
  pool: job.pool,
  state: job.state,
  priority: job.priority,
  attempt: job.attempt,
  attemptsMax: job.attemptsMax,
  progress,
  why: job.why ?? (job.state === 'queued' ? `Waits for a free slot of the pool "${job.pool}".` : null),
  fault: job.fault,
  runId: job.runId,
  nodeId: job.nodeId,
  workflow: job.workflow,
  asset: job.asset,
  input: job.input,
  output: job.output,
  worker: job.lease?.worker ?? null,
  createdAt: isoTime(job.createdAtMs),
  readyAt: isoTime(job.readyAtMs),
  startedAt: time(job.startedAtMs),
  endedAt: time(job.endedAtMs),
  revision: job.revision,
})

/** Facts that name places on the server: in our code, and in what the system said. */
const PLACES = new Set(['stack', 'cause'])

export const withoutPlaces = (line: JobLogLine): JobLogLine => ({
  ...line,
  facts: line.facts && Object.fromEntries(Object.entries(line.facts).filter(([name]) => !PLACES.has(name))),
})
