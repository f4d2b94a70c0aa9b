import { Admission, byTurn, lockWords, type LockHolder, type Quota } from '../../services/jobs/domain/admission.ts'
import type { Job, Obstacle } from '../../services/jobs/domain/job.ts'
import type { LeaseRequest } from '../../services/jobs/ports/job-queue.ts'
import { all, first, run, statement, type Dialect, type Unit } from './database.ts'
import { toJob, type JobRow } from './job-rows.ts'
import { marks } from './listing.ts'

const SOMEBODY_WAITS = `select exists (select 1 from jobs_job where state = 'pending') or exists (select 1 from jobs_job where state = 'waiting_for_lock') as waits`

/** SQLite has one writer. Elsewhere those who decide about locks and quotas do it one after the other; written, not only locked: a cluster sees only that. */
const TAKE_TURN = 'insert into jobs_gate (id, turn) values (1, 1) on duplicate key update turn = turn + 1'

const RUNNING = `select account_id, kind, workflow, count(*) as jobs from jobs_job where state = 'running' group by account_id, kind, workflow`
const PASSED = `select count(*) as jobs from jobs_job where state = 'pending' and account_id = ? and workflow = ? and quota < 'workflow:'`
const NEXT_LINE = `select account_id, quota from jobs_job where state = 'pending' and (account_id, quota) > (?, ?) order by account_id, quota limit 1`
const AHEAD = `select number, kind, state, priority, ready_at_ms as readyAtMs from jobs_job
  where account_id = ? and lock_key = ? and state in ('running', 'pending', 'waiting_for_lock')
  order by case state when 'waiting_for_lock' then 1 else 0 end, priority desc, ready_at_ms, number limit 1`
const NAME_HOLDER = `update jobs_job set why = ? where state = 'waiting_for_lock' and account_id = ? and lock_key = ?`
const FREE_LOCK = `state = 'waiting_for_lock' and not exists (select 1 from jobs_job holder
  where holder.account_id = jobs_job.account_id and holder.lock_key = jobs_job.lock_key and holder.state in ('running', 'pending'))`
const IN_ORDER = 'order by priority desc, ready_at_ms, number limit ?'

const lockOf = (job: Job): string => `${job.accountId} ${job.lockKey}`

/** Locks and quotas within one lease. Jobs that need neither cost one look whether anybody waits. */
export class JobGate {
  readonly #dialect: Dialect
  readonly #quotas: readonly Quota[]
  readonly #admission: Admission
  /** Those who got a lock in this lease. */
  readonly #holders = new Map<string, LockHolder>()
  #isOpen = false
  #waits: boolean | null = null

  constructor(dialect: Dialect, quotas: readonly Quota[]) {
    this.#dialect = dialect
    this.#quotas = quotas
    this.#admission = new Admission(quotas)
  }

  /** Waiting jobs of the request that may have a chance now, in turn. */
  *waiting(request: LeaseRequest, skipLocked: string): Unit<Job[]> {
    this.#waits ??= Boolean((yield* first<{ waits: number }>(statement(SOMEBODY_WAITS)))?.waits)
    if (this.#quotas.length > 0 || this.#waits) yield* this.#open()
    if (!this.#waits) return []
    const { pool, kinds, limit } = request
    const some = (condition: string, parameters: readonly unknown[], most: number) =>
      all<JobRow>(
        statement(`select * from jobs_job where ${condition} and pool = ? and kind in (${marks(kinds)}) ${IN_ORDER} ${skipLocked}`, [
          ...parameters,
          pool,
          ...kinds,
          most,
        ]),
      )
    const rows = yield* some(FREE_LOCK, [], limit)
    let line: { account_id: number; quota: string } | null = { account_id: 0, quota: '' }
    while ((line = yield* first<{ account_id: number; quota: string }>(statement(NEXT_LINE, [line.account_id, line.quota])))) {
      const most = Math.min(limit, this.#admission.room(line.account_id, line.quota))
      if (most > 0) rows.push(...(yield* some(`state = 'pending' and account_id = ? and quota = ?`, [line.account_id, line.quota], most)))
    }
    return rows.map(toJob).sort(byTurn)
  }

  /** Most jobs need nothing here. */
  concerns(job: Job): boolean {
    return this.#isOpen || job.lockKey !== null
  }

  /** Lets a ready job start, or says what hinders it. */
  *enter(job: Job): Unit<Obstacle | null> {
    if (job.lockKey === null) return this.#admission.enter(job, null)
    yield* this.#open()
    const ahead = this.#holders.get(lockOf(job)) ?? (yield* first<LockHolder>(statement(AHEAD, [job.accountId, job.lockKey])))
    const obstacle = this.#admission.enter(job, ahead)
    if (obstacle?.state === 'waiting_for_lock') return obstacle
    this.#holders.set(lockOf(job), { ...job, state: obstacle ? 'pending' : 'running' })
    yield* run(statement(NAME_HOLDER, [lockWords(job), job.accountId, job.lockKey]))
    return obstacle
  }

  *#open(): Unit<void> {
    if (this.#isOpen) return
    this.#isOpen = true
    if (this.#dialect === 'mariadb') yield* run(statement(TAKE_TURN))
    if (this.#quotas.length === 0) return
    type Running = { account_id: number; kind: string; workflow: string | null; jobs: number }
    for (const { account_id, kind, workflow, jobs } of yield* all<Running>(statement(RUNNING)))
      this.#admission.countRunning({ accountId: account_id, kind, workflow }, jobs)
    for (const { scope, name, accountId } of this.#quotas) {
      if (scope !== 'workflow') continue
      const passed = yield* first<{ jobs: number }>(statement(PASSED, [accountId, name]))
      this.#admission.countPassed(accountId, name, passed?.jobs ?? 0)
    }
  }
}
