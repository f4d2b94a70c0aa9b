import type { JobState } from '@capstan/contract/work'
import { CapstanError, leaseLost } from '../../../lib/errors.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { NewJob } from '../api.ts'
import type { ExecutorDefinition, JobOutput } from './executor.ts'
import { mayRetry, nextStep, usesNoAttempt, type Fault } from './fault.ts'
import { boundOutput } from './output.ts'
import { LOSSES_MAX, lossDelayMs, RESOURCE_WAITS_MAX, resourceDelayMs, retryDelayMs } from './retry.ts'

/*
 * stateDiagram-v2
 *   [*] --> queued            : ready now
 *   [*] --> scheduled         : ready later
 *   scheduled --> queued      : its time has come
 *   queued --> running        : leased
 *   queued --> waiting_for_lock : another job has its lock
 *   queued --> pending        : a quota is used up
 *   waiting_for_lock --> pending
 *   waiting_for_lock --> running : handed the lock
 *   pending --> running       : there is room again
 *   running --> completed
 *   running --> scheduled     : failed, attempts left; or handed back
 *   running --> failed        : failed for good
 *   running --> timed_out     : took too long, no attempts left
 *   running --> in_doubt      : worker lost, effect not repeatable
 *   in_doubt --> completed    : settled by a person
 *   in_doubt --> failed       : settled by a person
 *   queued --> paused
 *   paused --> queued         : resumed
 *   failed --> queued         : retried by a person (timed_out, cancelled too)
 *   running --> cancelled     : by a person or its run (waiting ones too)
 */

/** Why a ready job may not start now. `quota` names the quota whose room it waits for. */
export type Obstacle = Readonly<{ state: 'waiting_for_lock' | 'pending'; quota: string | null; why: string }>

export type JobKind = Pick<ExecutorDefinition, 'kind' | 'pool' | 'repeat' | 'lock'>
export type Lease = Readonly<{ token: string; worker: string; untilMs: number }>

export type Job = Readonly<{
  number: number
  id: string
  accountId: number
  key: string
  kind: string
  pool: ExecutorDefinition['pool']
  repeat: ExecutorDefinition['repeat']
  state: JobState
  priority: number
  /** Attempts used, the running one among them. */
  attempt: number
  attemptsMax: number
  /** How often it was ever started; names its staging folder. */
  starts: number
  /** How often it waited for a resource, and how often its worker was lost: neither uses an attempt, both have a ceiling. */
  waits: number
  losses: number
  retryDelayMs: number
  retryFactor: number
  timeoutMs: number
  progress: number | null
  why: string | null
  fault: Fault | null
  runId: string | null
  nodeId: string | null
  workflow: string | null
  asset: NewJob['asset']
  input: NewJob['input']
  output: JobOutput | null
  lease: Lease | null
  /** Of the jobs of an account with the same key one runs at a time. */
  lockKey: string | null
  /** The quota that a pending job waits for. */
  quota: string | null
  createdAtMs: number
  readyAtMs: number
  startedAtMs: number | null
  endedAtMs: number | null
  revision: number
}>

/** A job before the store gives it its number. */
export type UnnumberedJob = Omit<Job, 'number'>

const WAITING: ReadonlySet<JobState> = new Set(['created', 'scheduled', 'pending', 'queued', 'waiting_for_lock'])
const RETRIABLE: ReadonlySet<JobState> = new Set(['failed', 'timed_out', 'cancelled'])
export const ENDED_STATES: readonly JobState[] = ['completed', 'failed', 'timed_out', 'cancelled']
const ENDED: ReadonlySet<JobState> = new Set(ENDED_STATES)

export const isWaiting = (job: Job): boolean => WAITING.has(job.state)
export const isEnded = (job: Job): boolean => ENDED.has(job.state)

/** Its place in the line of a quota is lost with every change of state. */
const changed = (job: Job, change: Partial<Job>): Job => ({ ...job, quota: null, ...change, revision: job.revision + 1 })
const refuse = (job: Job, verb: string, hint: string) =>
  new CapstanError('conflict', `job ${job.number} is ${job.state.replaceAll('_', ' ')} and cannot be ${verb}: ${hint}`, {
    details: { id: job.id, state: job.state },
  })

export function newJob(asked: NewJob, kind: JobKind | undefined, nowMs: number): UnnumberedJob {
  const readyAtMs = Math.max(asked.readyAtMs ?? nowMs, nowMs)
  const { readyAtMs: _, ...rest } = asked
  return {
    ...rest,
    id: uuidv7(nowMs),
    pool: kind?.pool ?? 'light',
    repeat: kind?.repeat ?? 'idempotent',
    state: readyAtMs > nowMs ? 'scheduled' : 'queued',
    attempt: 0,
    starts: 0,
    waits: 0,
    losses: 0,
    progress: null,
    why: kind ? null : `No worker here knows how to do "${asked.kind}". Start one that does, or cancel the job.`,
    fault: null,
    output: null,
    lease: null,
    lockKey: kind?.lock?.(asked) ?? null,
    quota: null,
    createdAtMs: nowMs,
    readyAtMs,
    startedAtMs: null,
    endedAtMs: null,
    revision: 1,
  }
}

export const leased = (job: Job, lease: Lease, nowMs: number): Job =>
  changed(job, {
    state: 'running',
    lease,
    attempt: job.attempt + 1,
    starts: job.starts + 1,
    progress: null,
    why: null,
    startedAtMs: nowMs,
    endedAtMs: null,
  })

/** It is ready, but something hinders it. */
export const delayed = (job: Job, { state, quota, why }: Obstacle): Job => changed(job, { state, quota, why })

/** Throws `conflict` when the lease named by `token` is no longer the job's. */
export function checkLease(job: Job, token: string): void {
  if (job.lease?.token !== token) throw leaseLost(job.id)
}

const ended = (job: Job, state: JobState, nowMs: number, change: Partial<Job>): Job =>
  changed(job, { state, lease: null, endedAtMs: nowMs, ...change })

export const completed = (job: Job, output: JobOutput, nowMs: number): Job =>
  ended(job, 'completed', nowMs, { output: boundOutput(output), progress: 100, why: null, fault: null })

const later = (job: Job, delayMs: number, nowMs: number, change: Partial<Job>): Job =>
  changed(job, { state: delayMs > 0 ? 'scheduled' : 'queued', lease: null, readyAtMs: nowMs + delayMs, progress: null, ...change })

/** Another attempt when one may help and is left, else failed or timed out for good. */
export function failed(job: Job, fault: Fault, nowMs: number): Job {
  if (usesNoAttempt(fault) && job.waits < RESOURCE_WAITS_MAX) {
    const why = `Waits for a resource: ${fault.message}. It tries again by itself and uses no attempt.`
    return later(job, resourceDelayMs(job.waits), nowMs, { attempt: job.attempt - 1, waits: job.waits + 1, fault, why })
  }
  if (mayRetry(fault) && job.attempt < job.attemptsMax) {
    const why = `Attempt ${job.attempt} of ${job.attemptsMax} failed: ${fault.message}. It tries again by itself.`
    return later(job, retryDelayMs(job.attempt, job.retryDelayMs, job.retryFactor), nowMs, { fault, why })
  }
  return ended(job, fault.code === 'timeout' ? 'timed_out' : 'failed', nowMs, { fault, why: `${fault.message}. ${nextStep(fault)}` })
}

/** Its worker was lost: the attempt does not count, unless the effect may have happened and must not happen twice. */
export function leaseExpired(job: Job, nowMs: number): Job {
  if (job.repeat === 'neither') return inDoubt(job, 'Its worker was lost in the middle')
  const losses = job.losses + 1
  const message = `its worker was lost ${losses} times`
  if (losses >= LOSSES_MAX)
    return failed({ ...job, attempt: job.attemptsMax, losses }, { code: 'internal', class: 'defect', message }, nowMs)
  return later(job, lossDelayMs(losses), nowMs, {
    attempt: job.attempt - 1,
    losses,
    why: 'Its worker was lost. It starts again by itself.',
  })
}

/** The worker stops and gives the job back. */
export function handedBack(job: Job, nowMs: number): Job {
  if (job.repeat === 'neither') return inDoubt(job, 'Its worker was stopped in the middle')
  return later(job, 0, nowMs, { attempt: job.attempt - 1, why: 'Its worker was stopped. It starts again by itself.' })
}

const inDoubt = (job: Job, what: string): Job =>
  changed(job, {
    state: 'in_doubt',
    lease: null,
    why: `${what}, and nobody can tell whether the effect happened. Look at the destination, then settle the job as completed or failed.`,
  })

export function cancelled(job: Job, byName: string, nowMs: number): Job {
  if (isEnded(job)) throw refuse(job, 'cancelled', 'it has ended')
  return ended(job, 'cancelled', nowMs, { why: `Cancelled by ${byName}. Retry it if it is needed after all.` })
}

export function retried(job: Job, byName: string, nowMs: number): Job {
  if (!RETRIABLE.has(job.state)) throw refuse(job, 'retried', 'only what failed, timed out or was cancelled can be')
  return later(job, 0, nowMs, { attempt: 0, waits: 0, losses: 0, endedAtMs: null, fault: null, why: `Retried by ${byName}.` })
}

export function paused(job: Job, byName: string): Job {
  if (!isWaiting(job)) throw refuse(job, 'paused', 'only a waiting job can be held back')
  return changed(job, { state: 'paused', why: `Held back by ${byName}. Resume it to let it go on.` })
}

export function resumed(job: Job, nowMs: number): Job {
  if (job.state !== 'paused') throw refuse(job, 'resumed', 'it is not paused')
  return changed(job, { state: job.readyAtMs > nowMs ? 'scheduled' : 'queued', why: null })
}

export function settled(job: Job, outcome: 'completed' | 'failed', note: string, nowMs: number): Job {
  if (job.state !== 'in_doubt') throw refuse(job, 'settled', 'only a job in doubt can be')
  if (outcome === 'completed') return { ...completed(job, { settled: note }, nowMs), why: `Settled as completed: ${note}` }
  const fault: Fault = { code: 'conflict', class: 'business', message: `settled as failed: ${note}` }
  return ended(job, 'failed', nowMs, { fault, why: `Settled as failed: ${note}. Retry it to do it again.` })
}

export function prioritised(job: Job, priority: number): Job {
  if (isEnded(job)) throw refuse(job, 'prioritised', 'it has ended')
  return changed(job, { priority, quota: job.quota })
}
