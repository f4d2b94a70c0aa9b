import type { Clock } from '../../../lib/clock.ts'
import { CapstanError, toCapstanError } from '../../../lib/errors.ts'
import type { ExecutorDefinition, JobContext, JobOutput } from '../domain/executor.ts'
import { faultOf } from '../domain/fault.ts'
import type { Job } from '../domain/job.ts'
import type { NewLogLine } from '../ports/job-list.ts'
import type { Outcome } from '../use-cases/end-job.ts'
import { Staging } from './staging.ts'

export type StopReason = 'lost' | 'stopping' | 'timeout'

type Deps = { clock: Clock; stagingRoot: string; abortGraceMs: number; onProgress: (percent: number) => void }

const LOG_MESSAGE_LENGTH_MAX = 4_000
const LOG_LINES_WAITING_MAX = 500

/** One attempt of one job in this process: runs its executor, can be stopped, gathers log lines and progress. */
export class JobAttempt {
  readonly job: Job
  readonly token: string
  readonly #definition: ExecutorDefinition
  readonly #deps: Deps
  readonly #controller = new AbortController()
  readonly #staging: Staging
  #stopped: StopReason | null = null
  #percent: number | null = null
  #lines: NewLogLine[] = []
  #giveUp: (() => void) | null = null

  constructor(job: Job, definition: ExecutorDefinition, deps: Deps) {
    this.job = job
    this.token = job.lease?.token ?? ''
    this.#definition = definition
    this.#deps = deps
    this.#staging = new Staging(deps.stagingRoot, job.key, job.starts)
  }

  /** 0 to 100; null while nothing is known. */
  get percent(): number | null {
    return this.#percent
  }

  /** Log lines since the last call. */
  takeLines(): NewLogLine[] {
    return this.#lines.splice(0)
  }

  stop(reason: StopReason): void {
    if (this.#stopped) return
    this.#stopped = reason
    this.#controller.abort(new CapstanError(reason === 'timeout' ? 'timeout' : 'conflict', `the job was stopped: ${reason}`))
    const timer = setTimeout(() => this.#giveUp?.(), this.#deps.abortGraceMs)
    timer.unref()
  }

  /** Runs to the end; null when the lease was lost, because then nothing may be recorded. Never throws. */
  async run(): Promise<Outcome | null> {
    const timer = setTimeout(() => this.stop('timeout'), Math.min(this.job.timeoutMs, 2 ** 31 - 1))
    try {
      return this.#outcomeOf({ output: await this.#execute() })
    } catch (error) {
      return this.#outcomeOf({ error })
    } finally {
      clearTimeout(timer)
      await this.#staging
        .remove()
        .catch((error: unknown) => this.#log('warning', 'the staging folder could not be removed', { reason: String(error) }))
    }
  }

  /** An executor that ignores its signal is left behind after a grace, so that its slot is free again. */
  #execute(): Promise<JobOutput> {
    return new Promise((resolve, reject) => {
      // It may have been cancelled while it waited for another attempt to leave its lock.
      this.#controller.signal.throwIfAborted()
      this.#giveUp = () => reject(new CapstanError('timeout', 'the step did not stop when it was told to'))
      this.#definition.execute(this.#context()).then(resolve, reject)
    })
  }

  #outcomeOf(result: { output: JobOutput } | { error: unknown }): Outcome | null {
    if (this.#stopped === 'lost') return null
    // What was finished in spite of a stop or a timeout is finished.
    if ('output' in result) return { kind: 'completed', output: result.output }
    if (this.#stopped === 'stopping') return { kind: 'handed_back' }
    if (this.#stopped === 'timeout') return { kind: 'failed', fault: faultOf(this.#tookTooLong()) }
    const error = toCapstanError(result.error)
    const cause = error.cause instanceof Error ? { cause: error.cause.message } : {}
    this.#log('error', error.message, { code: error.code, ...error.details, ...cause, stack: error.stack ?? null })
    return { kind: 'failed', fault: faultOf(error) }
  }

  #tookTooLong(): CapstanError {
    const error = new CapstanError('timeout', `it took longer than its limit of ${Math.round(this.job.timeoutMs / 1_000)} s`)
    this.#log('error', error.message)
    return error
  }

  #context(): JobContext {
    const { job } = this
    const staging = this.#staging
    return {
      job: { ...pick(job), assetId: job.asset?.id ?? null, attempt: job.attempt },
      signal: this.#controller.signal,
      progress: (fraction) => this.#progress(fraction),
      log: (message, facts) => this.#log('info', message, facts),
      get stagingDir() {
        return staging.path
      },
    }
  }

  #progress(fraction: number): void {
    if (!Number.isFinite(fraction)) return
    const percent = Math.round(Math.min(1, Math.max(0, fraction)) * 1_000) / 10
    if (percent === this.#percent) return
    this.#percent = percent
    this.#deps.onProgress(percent)
  }

  #log(level: NewLogLine['level'], message: string, facts: Record<string, unknown> | null = null): void {
    // However talkative a step is, why it failed is always told.
    if (level === 'info' && this.#lines.length >= LOG_LINES_WAITING_MAX) return
    this.#lines.push({
      atMs: this.#deps.clock.now(),
      attempt: this.job.attempt,
      level,
      message: message.slice(0, LOG_MESSAGE_LENGTH_MAX),
      facts,
    })
  }
}

const pick = ({ id, number, key, kind, accountId, runId, nodeId, input }: Job) => ({
  id,
  number,
  key,
  kind,
  accountId,
  runId,
  nodeId,
  input,
})
