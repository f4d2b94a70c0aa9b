export type { Executor, ExecutorDefinition, JobContext, JobOutput } from './domain/executor.ts'

export type NewJob = Readonly<{
  accountId: number
  key: string
  kind: string
  input: Readonly<Record<string, unknown>>
  priority: number
  attemptsMax: number
  retryDelayMs: number
  retryFactor: number
  timeoutMs: number
  runId: string | null
  nodeId: string | null
  workflow: string | null
  asset: Readonly<{ id: string; number: number; name: string }> | null
  /** Earliest start, milliseconds since 1970; null for at once. */
  readyAtMs: number | null
}>

/** What other services may ask of jobs; satisfied in process or over HTTP. */
export interface JobsApi {
  /** Adds jobs; a key that exists already adds nothing. All or none. */
  enqueue(jobs: readonly NewJob[]): Promise<void>
  /** Cancels what is not finished of a run. */
  cancelRun(accountId: number, runId: string): Promise<void>
  /** Holds back or releases the waiting jobs of a run. */
  pauseRun(accountId: number, runId: string, paused: boolean): Promise<void>
}
