import type { EventEnvelope } from '@capstan/contract/events'
import type { Clock } from '../../lib/clock.ts'
import { crashAt } from '../../lib/crash-points.ts'
import type { Job, UnnumberedJob } from '../../services/jobs/domain/job.ts'
import { byTurn, type Quota } from '../../services/jobs/domain/admission.ts'
import type { DecideJob, HeldLease, JobChange, JobQueue, LeaseDecisions, LeaseRequest } from '../../services/jobs/ports/job-queue.ts'
import { all, first, run, statement, type SqlDatabase, type Unit } from './database.ts'
import { JobGate } from './job-gate.ts'
import { INSERT_JOB, insertValues, movingValues, toJob, UPDATE_JOB, type JobRow } from './job-rows.ts'
import { marks } from './listing.ts'
import { appendEvents } from './outbox.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'

const PROMOTE = `update jobs_job set state = 'queued', why = null where state = 'scheduled' and ready_at_ms <= ?`
const ON_CONFLICT = { sqlite: 'on conflict (account_id, job_key) do nothing', mariadb: '' }
const LOCK_ROWS = { sqlite: '', mariadb: 'for update' }
const SKIP_LOCKED = { sqlite: '', mariadb: 'for update skip locked' }

export class SqlJobQueue implements JobQueue {
  readonly #database: SqlDatabase
  readonly #clock: Clock
  readonly #insert: string

  constructor(database: SqlDatabase, clock: Clock) {
    this.#database = database
    this.#clock = clock
    this.#insert = `${INSERT_JOB} ${ON_CONFLICT[database.dialect]} returning number`
  }

  async enqueue(jobs: readonly UnnumberedJob[], created: (job: Job) => EventEnvelope): Promise<number> {
    if (jobs.length === 0) return 0
    const [database, insert] = [this.#database, this.#insert]
    return repeatOnConflict(() =>
      database.write(function* () {
        const known = database.dialect === 'mariadb' ? yield* knownKeys(jobs) : new Set<string>()
        const events: EventEnvelope[] = []
        for (const job of jobs) {
          if (known.has(keyOf(job))) continue
          known.add(keyOf(job))
          const row = yield* first<{ number: number }>(statement(insert, insertValues(job)))
          if (row) events.push(created({ ...job, number: row.number }))
        }
        yield* appendEvents(database, 'jobs', events)
        return events.length
      }),
    )
  }

  async lease(requests: readonly LeaseRequest[], decisions: LeaseDecisions, quotas: readonly Quota[]): Promise<Job[]> {
    const [database, nowMs] = [this.#database, this.#clock.now()]
    const jobs: Job[] = []
    let open = requests.filter(({ limit, kinds }) => limit > 0 && kinds.length > 0)
    while (open.length > 0) {
      const { leased, isCut } = await database.write(() => leaseSome(database, nowMs, open, { ...decisions, quotas }))
      jobs.push(...leased.flat())
      if (!isCut) break
      open = open.map((request, index) => ({ ...request, limit: request.limit - leased[index]!.length })).filter(({ limit }) => limit > 0)
    }
    return jobs
  }

  async renew(leases: readonly HeldLease[], untilMs: number): Promise<number[]> {
    if (leases.length === 0) return []
    return this.#database.write(function* () {
      const lost: number[] = []
      for (const { number, token, progress } of leases) {
        const changed = yield* run(
          statement('update jobs_job set lease_until_ms = ?, progress = ? where number = ? and lease_token = ?', [
            untilMs,
            progress,
            number,
            token,
          ]),
        )
        if (changed === 0) lost.push(number)
      }
      return lost
    })
  }

  async change(numbers: readonly number[], decide: DecideJob): Promise<Job[]> {
    if (numbers.length === 0) return []
    const database = this.#database
    const sql = `select * from jobs_job where number in (${marks(numbers)}) order by number ${LOCK_ROWS[database.dialect]}`
    return database.write(function* () {
      const jobs = (yield* all<JobRow>(statement(sql, numbers))).map(toJob)
      const changes = jobs.map(decide)
      yield* saveChanges(
        database,
        changes.filter((change) => change !== null),
      )
      return jobs.map((job, index) => changes[index]?.job ?? job)
    })
  }

  async expired(nowMs: number, worker: string | null, limit: number): Promise<number[]> {
    const [condition, value] = worker === null ? ['lease_until_ms < ?', nowMs] : ['worker = ?', worker]
    const sql = `select number from jobs_job where state = 'running' and ${condition} order by number limit ?`
    const rows = await this.#database.read(() => all<{ number: number }>(statement(sql, [value, limit])))
    return rows.map(({ number }) => number)
  }

  async prune(endedBeforeMs: number, limit: number): Promise<number> {
    const sql = 'select number from jobs_job where ended_at_ms < ? order by ended_at_ms limit ?'
    return this.#database.write(function* () {
      const numbers = (yield* all<{ number: number }>(statement(sql, [endedBeforeMs, limit]))).map(({ number }) => number)
      if (numbers.length === 0) return 0
      yield* run(statement(`delete from jobs_log where job_number in (${marks(numbers)})`, numbers))
      return yield* run(statement(`delete from jobs_job where number in (${marks(numbers)})`, numbers))
    })
  }
}

const keyOf = (job: { accountId: number; key: string }): string => `${job.accountId} ${job.key}`

function* knownKeys(jobs: readonly UnnumberedJob[]): Unit<Set<string>> {
  const pairs = jobs.map(() => '(?, ?)').join(', ')
  const sql = `select account_id, job_key from jobs_job where (account_id, job_key) in (${pairs})`
  const rows = yield* all<{ account_id: number; job_key: string }>(
    statement(
      sql,
      jobs.flatMap((job) => [job.accountId, job.key]),
    ),
  )
  return new Set(rows.map((row) => keyOf({ accountId: row.account_id, key: row.job_key })))
}

type Deciding = LeaseDecisions & { quotas: readonly Quota[] }

/** A burst of jobs beyond a quota is brought into its line by parts, so that others are not kept waiting meanwhile. */
const DELAYED_AT_ONCE_MAX = 500

function* leaseSome(
  database: SqlDatabase,
  nowMs: number,
  requests: readonly LeaseRequest[],
  deciding: Deciding,
): Unit<{ leased: Job[][]; isCut: boolean }> {
  yield* run(statement(PROMOTE, [nowMs]))
  const gate = new JobGate(database.dialect, deciding.quotas)
  const leased: Job[][] = []
  let delayed = 0
  for (const request of requests) {
    const taken = yield* leaseFor(database, request, gate, deciding)
    leased.push(taken.jobs)
    delayed += taken.delayed
  }
  return { leased, isCut: delayed >= DELAYED_AT_ONCE_MAX }
}

/** Takes jobs until the request is met or nobody is ready; those that are hindered go to their lines, and others are looked at instead. */
function* leaseFor(database: SqlDatabase, request: LeaseRequest, gate: JobGate, { take, delay }: Deciding) {
  const lock = SKIP_LOCKED[database.dialect]
  const jobs: Job[] = []
  let delayed = 0
  let waiting = yield* gate.waiting(request, lock)
  for (;;) {
    const ask = request.limit - jobs.length
    const ready = (yield* all<JobRow>(readyJobs(request, ask, lock))).map(toJob)
    const changes: NonNullable<JobChange>[] = []
    for (const job of waiting.length > 0 ? [...waiting, ...ready].sort(byTurn) : ready) {
      if (jobs.length === request.limit) break
      const obstacle = gate.concerns(job) ? yield* gate.enter(job) : null
      if (obstacle && obstacle.state === job.state && obstacle.quota === job.quota) continue
      const change = obstacle ? delay(job, obstacle) : take(job)
      changes.push(change)
      if (obstacle) delayed += 1
      else jobs.push(change.job)
    }
    if (changes.length > 0) yield* saveChanges(database, changes)
    waiting = []
    if (jobs.length === request.limit || ready.length < ask || delayed >= DELAYED_AT_ONCE_MAX) return { jobs, delayed }
  }
}

const readyJobs = ({ pool, kinds }: LeaseRequest, limit: number, lock: string) =>
  statement(
    `select * from jobs_job where state = 'queued' and pool = ? and kind in (${marks(kinds)}) order by priority desc, ready_at_ms, number limit ? ${lock}`,
    [pool, ...kinds, limit],
  )

function* saveChanges(database: SqlDatabase, changes: readonly NonNullable<JobChange>[]): Unit<void> {
  for (const { job } of changes) yield statement(UPDATE_JOB, [...movingValues(job), job.number])
  yield* appendEvents(
    database,
    'jobs',
    changes.flatMap(({ events }) => events),
  )
  crashAt('before-job-commit')
}
