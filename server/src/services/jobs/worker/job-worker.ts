import type { Clock } from '../../../lib/clock.ts'
import { crashAt } from '../../../lib/crash-points.ts'
import { toCapstanError, type CapstanError } from '../../../lib/errors.ts'
import type { Quota } from '../domain/admission.ts'
import type { ExecutorDefinition } from '../domain/executor.ts'
import type { Job } from '../domain/job.ts'
import type { JobLog } from '../ports/job-list.ts'
import type { JobQueue } from '../ports/job-queue.ts'
import { endJob, type Outcome } from '../use-cases/end-job.ts'
import { expireLeases } from '../use-cases/expire-leases.ts'
import { leaseJobs } from '../use-cases/lease-jobs.ts'
import { JobAttempt } from './job-attempt.ts'
import { clearStaging, stagingRoot } from './staging.ts'
import { throttleProgress, type OnProgress } from './progress-throttle.ts'

export type Pools = Readonly<Record<ExecutorDefinition['pool'], number>>

export type WorkerOptions = Readonly<{
  queue: JobQueue
  log: JobLog
  executors: readonly ExecutorDefinition[]
  pools: Pools
  clock: Clock
  /** Where attempts get their private folders. */
  tmpDir: string
  /** Names this worker's leases. One that is sure to run once at a time (one process a data folder) keeps its name, and so frees its old leases at start. */
  name: string
  leaseMs?: number
  pollMs?: number
  /** Why jobs of a pool must wait now, in words; null when they may start. Running ones go on. */
  heldBack?: (pool: ExecutorDefinition['pool']) => string | null
  /** What accounts may run at once; asked again with every poll. */
  quotas?: () => Promise<readonly Quota[]>
  /** How long an executor may go on after it was told to stop. */
  abortGraceMs?: number
  onProgress?: OnProgress
  /** For the log of the process: what went wrong around jobs, not in them. */
  onError?: (error: CapstanError, what: string) => void
}>

const RENEWALS_PER_LEASE = 3
const RECORD_TRIES_MAX = 5
const RECORD_RETRY_MS = 500

/** Leases jobs for its free slots and runs them; wakes on a signal and by a poll. */
export class JobWorker {
  readonly #options: Required<WorkerOptions>
  readonly #definitions: ReadonlyMap<string, ExecutorDefinition>
  readonly #kindsByPool: ReadonlyMap<ExecutorDefinition['pool'], string[]>
  readonly #attempts = new Map<number, JobAttempt>()
  readonly #lease: ReturnType<typeof leaseJobs>
  readonly #end: ReturnType<typeof endJob>
  readonly #busy: Record<ExecutorDefinition['pool'], number> = { light: 0, io: 0, encode: 0 }
  readonly #timers: NodeJS.Timeout[] = []
  readonly #ending = new Set<Promise<void>>()
  readonly #stagingRoot: string
  #leasing: Promise<void> | null = null
  #wakeAgain = false
  #quotas: readonly Quota[] = []
  /** The last attempt here that has a lock, however it stands with its lease. */
  readonly #locks = new Map<string, Promise<unknown>>()
  #state: 'new' | 'running' | 'stopping' = 'new'

  constructor(options: WorkerOptions) {
    this.#options = {
      leaseMs: 30_000,
      pollMs: 1_000,
      abortGraceMs: 10_000,
      heldBack: () => null,
      quotas: async () => [],
      onProgress: () => {},
      onError: () => {},
      ...options,
    }
    const { queue, clock, name, leaseMs, executors, tmpDir } = this.#options
    this.#stagingRoot = stagingRoot(tmpDir, name)
    this.#definitions = new Map(executors.map((definition) => [definition.kind, definition]))
    this.#kindsByPool = new Map([...Map.groupBy(executors, ({ pool }) => pool)].map(([pool, all]) => [pool, all.map(({ kind }) => kind)]))
    this.#lease = leaseJobs({ queue, clock, worker: name, leaseMs })
    this.#end = endJob({ queue, clock })
  }

  /** Frees what a former life of this worker held, then begins to work. */
  async start(): Promise<void> {
    await expireLeases(this.#options)(this.#options.name)
    await clearStaging(this.#stagingRoot)
    this.#quotas = await this.#options.quotas()
    this.#state = 'running'
    this.#every(this.#options.pollMs, 'looking for jobs', async () => {
      await expireLeases(this.#options)()
      await this.requota()
    })
    this.#every(this.#options.leaseMs / RENEWALS_PER_LEASE, 'renewing leases', () => this.recheck())
    this.#every(this.#options.pollMs, 'saving job logs', () => this.#saveLogs())
    this.wake()
  }

  /** There may be work. Cheap; calls while it looks already are one more look. */
  wake(): void {
    if (this.#state !== 'running') return
    if (this.#leasing) {
      this.#wakeAgain = true
      return
    }
    this.#leasing = this.#fill()
      .catch((error: unknown) => this.#options.onError(toCapstanError(error), 'leasing jobs'))
      .finally(() => {
        this.#leasing = null
        if (this.#wakeAgain) this.wake()
      })
  }

  /** Quotas may have been changed. */
  async requota(): Promise<void> {
    this.#quotas = await this.#options.quotas()
    this.wake()
  }

  /** Renews all leases now; jobs that were cancelled or lost meanwhile are stopped. */
  async recheck(): Promise<void> {
    const held = [...this.#attempts.values()].map(({ job, token, percent }) => ({ number: job.number, token, progress: percent }))
    const lost = await this.#options.queue.renew(held, this.#options.clock.now() + this.#options.leaseMs)
    for (const number of lost) this.#attempts.get(number)?.stop('lost')
  }

  /** Takes no more jobs, lets running ones end for `graceMs`, then stops them and hands them back. Resolves when none is left. */
  async stop(graceMs: number): Promise<void> {
    this.#state = 'stopping'
    await this.#leasing
    const deadline = setTimeout(() => this.#attempts.forEach((attempt) => attempt.stop('stopping')), graceMs)
    while (this.#ending.size > 0) await Promise.all(this.#ending)
    clearTimeout(deadline)
    for (const timer of this.#timers) clearInterval(timer)
  }

  #every(intervalMs: number, what: string, act: () => Promise<void>): void {
    let busy = false
    const timer = setInterval(() => {
      if (busy) return
      busy = true
      act()
        .catch((error: unknown) => this.#options.onError(toCapstanError(error), what))
        .finally(() => (busy = false))
    }, intervalMs)
    this.#timers.push(timer)
  }

  async #fill(): Promise<void> {
    do {
      this.#wakeAgain = false
      const requests = this.#freeSlots()
      if (requests.length === 0) return
      const jobs = await this.#lease(requests, this.#quotas)
      crashAt('after-lease')
      for (const job of jobs) this.#begin(job)
    } while (this.#mayGoOn())
  }

  /** Somebody woke it while it looked. */
  #mayGoOn(): boolean {
    return this.#wakeAgain && this.#state === 'running'
  }

  #freeSlots() {
    return [...this.#kindsByPool]
      .map(([pool, kinds]) => ({ pool, kinds, limit: Math.max(0, this.#options.pools[pool] - this.#busy[pool]) }))
      .filter(({ pool, limit }) => limit > 0 && this.#options.heldBack(pool) === null)
  }

  #begin(job: Job): void {
    const definition = this.#definitions.get(job.kind)
    if (!definition) return
    this.#busy[job.pool] += 1
    const ending = this.#work(job, definition)
      .catch((error: unknown) => this.#options.onError(toCapstanError(error), `job ${job.number}`))
      .finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
  }

  async #work(job: Job, definition: ExecutorDefinition): Promise<void> {
    const { clock, abortGraceMs, onProgress } = this.#options
    const progress = throttleProgress(job, clock, onProgress)
    const attempt = new JobAttempt(job, definition, { clock, stagingRoot: this.#stagingRoot, abortGraceMs, onProgress: progress.report })
    this.#attempts.set(job.number, attempt)
    const outcome = await this.#inItsLock(job, () => attempt.run())
    progress.end()
    this.#busy[job.pool] -= 1
    // The next lease joins the commit of this outcome.
    const recorded = outcome ? this.#record(attempt, outcome) : Promise.resolve()
    const logged = this.#saveLog(attempt)
    this.wake()
    await Promise.all([recorded, logged])
    // Where units share no commit, a waiting job finds the lock and the room free only now.
    if (job.lockKey !== null || this.#quotas.length > 0) this.wake()
    // After a lost lease the same job may run here anew already.
    if (this.#attempts.get(job.number) === attempt) this.#attempts.delete(job.number)
  }

  /** A job that was cancelled or lost its lease gives its lock away at once, but may need a moment to stop. */
  async #inItsLock<T>({ accountId, lockKey }: Job, act: () => Promise<T>): Promise<T> {
    if (lockKey === null) return act()
    const key = `${accountId} ${lockKey}`
    const acting = Promise.resolve(this.#locks.get(key)).then(act)
    this.#locks.set(key, acting)
    try {
      return await acting
    } finally {
      if (this.#locks.get(key) === acting) this.#locks.delete(key)
    }
  }

  /** Keeps trying while the store is away: the lease is still renewed, and what was done should not be done again. */
  async #record(attempt: JobAttempt, outcome: Outcome): Promise<void> {
    crashAt('before-complete')
    for (let tries = 1; ; tries += 1) {
      try {
        const job = await this.#end(attempt.job.number, attempt.token, outcome)
        crashAt('after-complete')
        if (job?.state === 'scheduled') this.#wakeAt(job.readyAtMs)
        return
      } catch (error) {
        const reason = toCapstanError(error)
        if (reason.details.reason === 'lease_lost') return
        if (tries === RECORD_TRIES_MAX) throw reason
        await new Promise((resolve) => setTimeout(resolve, RECORD_RETRY_MS))
      }
    }
  }

  #wakeAt(readyAtMs: number): void {
    const delayMs = readyAtMs - this.#options.clock.now()
    if (delayMs < this.#options.pollMs) setTimeout(() => this.wake(), Math.max(1, delayMs)).unref()
  }

  async #saveLogs(): Promise<void> {
    await Promise.all([...this.#attempts.values()].map((attempt) => this.#saveLog(attempt)))
  }

  async #saveLog(attempt: JobAttempt): Promise<void> {
    const lines = attempt.takeLines()
    if (lines.length > 0) await this.#options.log.append(attempt.job.accountId, attempt.job.number, lines)
  }
}
