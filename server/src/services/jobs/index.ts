import type { Route } from '../../http/route.ts'
import type { Clock } from '../../lib/clock.ts'
import type { CapstanError } from '../../lib/errors.ts'
import type { JobsApi } from './api.ts'
import type { Quota } from './domain/admission.ts'
import type { ExecutorDefinition } from './domain/executor.ts'
import type { Job } from './domain/job.ts'
import { countEnded, type EndedCount } from './ended-counts.ts'
import { jobsHttp } from './http.ts'
import type { JobList, JobLog } from './ports/job-list.ts'
import type { JobQueue } from './ports/job-queue.ts'
import { cancelRunJobs } from './use-cases/cancel-run-jobs.ts'
import { enqueueJobs } from './use-cases/enqueue-jobs.ts'
import { pauseRunJobs } from './use-cases/pause-run-jobs.ts'
import { pruneJobs } from './use-cases/prune-jobs.ts'
import { JobWorker, type Pools } from './worker/job-worker.ts'

export type { Pools } from './worker/job-worker.ts'

export type JobsOptions = Readonly<{
  queue: JobQueue
  list: JobList
  log: JobLog
  clock: Clock
  executors: readonly ExecutorDefinition[]
  pools: Pools
  /** Attempts get their private folders here. */
  tmpDir: string
  workerName: string
  leaseMs?: number
  /** How long a step may go on after it was told to stop; 10 s. */
  abortGraceMs?: number
  /** Ended jobs and their logs are kept this long; 90 days. */
  keepMs?: number
  /** Why jobs of a pool must wait now, in words; null when they may start. */
  heldBack?: (pool: ExecutorDefinition['pool']) => string | null
  quotas?: () => Promise<readonly Quota[]>
  /** Transient: at most twice a second a job, for live streams. */
  onProgress?: (job: Job, percent: number) => void
  onError?: (error: CapstanError, what: string) => void
}>

export type JobsService = Readonly<{
  api: JobsApi
  list: JobList
  routes: (route: Route) => void
  /** Begins to work on jobs. */
  start: () => Promise<void>
  /** Stops leasing, lets jobs end for `graceMs`, hands the rest back. */
  stop: (graceMs: number) => Promise<void>
  /** There may be work. */
  wake: () => void
  /** Quotas were changed. */
  quotasChanged: () => Promise<void>
  /** What has ended since the process began. */
  endedCounts: () => readonly EndedCount[]
  /** Removes old jobs; to be called now and then. */
  prune: () => Promise<number>
}>

const KEEP_MS = 90 * 86_400_000

/** The jobs service: do it once, surely. */
export function createJobs(options: JobsOptions): JobsService {
  const { list, log, clock, executors } = options
  const { queue, counts } = countEnded(options.queue)
  const progress = new Map<number, number>()
  const onProgress = (job: Job, percent: number) => {
    rememberProgress(progress, job.number, percent)
    options.onProgress?.(job, percent)
  }
  const worker = new JobWorker({ ...options, queue, name: options.workerName, onProgress })
  const wake = () => worker.wake()
  const recheck = () => void worker.recheck().catch(() => {})
  const kinds = new Map(executors.map((executor) => [executor.kind, executor]))
  const deps = { queue, list, clock, wake, recheck }
  const api: JobsApi = {
    enqueue: enqueueJobs({ queue, kinds, clock, wake }),
    cancelRun: cancelRunJobs(deps),
    pauseRun: pauseRunJobs(deps),
    jobsOfRun: async (accountId, runId) =>
      (await list.ofRun(accountId, runId)).map(({ id, number, key, state, why, startedAtMs, ...job }) => ({
        id,
        key,
        state,
        why,
        startedAtMs,
        progress: state === 'running' ? (progress.get(number) ?? job.progress) : job.progress,
      })),
  }
  return {
    api,
    list,
    routes: (route) =>
      jobsHttp(route, { ...deps, log, progressOf: (number) => progress.get(number) ?? null, heldBack: options.heldBack ?? (() => null) }),
    start: () => worker.start(),
    stop: (graceMs) => worker.stop(graceMs),
    wake,
    quotasChanged: () => worker.requota(),
    endedCounts: counts,
    prune: pruneJobs({ queue, clock, keepMs: options.keepMs ?? KEEP_MS }),
  }
}

const PROGRESS_MAX = 1_000

/** The latest values only; the oldest entry makes room. */
function rememberProgress(progress: Map<number, number>, jobNumber: number, percent: number): void {
  progress.delete(jobNumber)
  progress.set(jobNumber, percent)
  if (progress.size > PROGRESS_MAX) progress.delete(progress.keys().next().value ?? jobNumber)
}
