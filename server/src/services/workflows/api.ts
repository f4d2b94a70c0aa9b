import type { Principal } from '../identity/api.ts'

export type StartRun = Readonly<{
  workflow: string
  version?: number
  asset: Readonly<{ id: string; number: number; name: string }> | null
  variables: Readonly<Record<string, unknown>>
  /** The same key again starts nothing and answers the first run. */
  key: string
}>

/** Throws `forbidden` when the workflow, or one that it starts, does what the caller may not. One that nobody knows passes: it may be deployed later. */
export type CheckWorkflow = (by: Principal, workflow: string) => Promise<void>

/** What other services may ask of workflows. */
export interface WorkflowsApi {
  /** For those who let work begin that starts the workflow later. */
  checkStart: CheckWorkflow
  start(by: Principal, start: StartRun): Promise<{ runId: string }>
}
