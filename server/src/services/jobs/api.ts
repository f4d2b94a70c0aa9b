import type { JobState } from '@capstan/contract/work'

export type { Executor, ExecutorDefinition, JobContext, JobOutput } from './domain/executor.ts'
export { boundOutput, warningsOf } from './domain/output.ts'

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

/** How far one job is, as a run's drawing shows it. */
export type JobProgress = Readonly<{
  id: string
  key: string
  state: JobState
  progress: number | null
  why: string | null
  startedAtMs: number | null
}>

/** What other services may ask of jobs; satisfied in process or over HTTP. */
export interface JobsApi {
  /** Adds jobs; a key that exists already adds nothing. All or none. */
  enqueue(jobs: readonly NewJob[]): Promise<void>
  /** Cancels what is not finished of a run. */
  cancelRun(accountId: number, runId: string): Promise<void>
  /** Holds back or releases the waiting jobs of a run. */
  pauseRun(accountId: number, runId: string, paused: boolean): Promise<void>
  /** The jobs of a run, oldest first. */
  jobsOfRun(accountId: number, runId: string): Promise<JobProgress[]>
}
