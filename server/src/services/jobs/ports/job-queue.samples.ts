import { fakeClock, type Clock } from '../../../lib/clock.ts'
import type { NewJob } from '../api.ts'
import type { Quota } from '../domain/admission.ts'
import { eventNameOf, jobEvent } from '../domain/job-events.ts'
import { checkLease, delayed, leased, newJob, type Job, type JobKind } from '../domain/job.ts'
import type { JobList, JobLog } from './job-list.ts'
import type { JobQueue, LeaseDecisions } from './job-queue.ts'

export type JobStoresUnderTest = {
  queue: JobQueue
  list: JobList
  log: JobLog
  /** Names of the events that were committed, oldest first. */
  events: () => Promise<string[]>
}

/** As the worker of a test would know them; every other kind is unheard of. */
const KINDS: ReadonlyMap<string, JobKind> = new Map<string, JobKind>([
  ['probe', { kind: 'probe', pool: 'light', repeat: 'idempotent', lock: ({ input }) => (input['lock'] as string | undefined) ?? null }],
  ['proxy', { kind: 'proxy', pool: 'encode', repeat: 'idempotent' }],
])
export const LEASE_MS = 30_000

export const sampleJob = (key: string, change: Partial<NewJob> = {}): NewJob => ({
  accountId: 1,
  key,
  kind: 'probe',
  input: { word: 'Ä "x" 😀' },
  priority: 50,
  attemptsMax: 3,
  retryDelayMs: 1_000,
  retryFactor: 2,
  timeoutMs: 60_000,
  runId: null,
  nodeId: null,
  workflow: null,
  asset: null,
  readyAtMs: null,
  ...change,
})

/** A store on a clock that stands still, with the moves that a test makes. `take` numbers the leases. */
export async function openJobs(open: (clock: Clock) => Promise<JobStoresUnderTest>) {
  const clock = fakeClock()
  const under = await open(clock)
  const { queue, list } = under
  let leases = 0
  const take: LeaseDecisions['take'] = (before) => {
    leases += 1
    const after = leased(
      before,
      { token: `00000000-0000-7000-8000-${String(leases).padStart(12, '0')}`, worker: 'w', untilMs: clock.now() + LEASE_MS },
      clock.now(),
    )
    return { job: after, events: [jobEvent('job.started', before, after, clock.now())] }
  }
  const add = (...jobs: NewJob[]) =>
    queue.enqueue(
      jobs.map((asked) => newJob(asked, KINDS.get(asked.kind), clock.now())),
      (added) => jobEvent('job.created', null, added, clock.now()),
    )
  const delay: LeaseDecisions['delay'] = (before, obstacle) => {
    const after = delayed(before, obstacle)
    return { job: after, events: [jobEvent('job.delayed', before, after, clock.now())] }
  }
  const lease = (limit = 1, pool: Job['pool'] = 'light', quotas: readonly Quota[] = []) =>
    queue.lease([{ pool, kinds: ['probe', 'proxy'], limit }], { take, delay }, quotas)
  const end = (held: Job, apply: (before: Job) => Job) =>
    queue.change([held.number], (before) => {
      checkLease(before, held.lease?.token ?? '')
      const after = apply(before)
      return { job: after, events: [jobEvent(eventNameOf(after), before, after, clock.now())] }
    })
  const get = async (number: number) => (await list.find(1, number))!
  return { clock, add, lease, end, get, ...under }
}
