import type { Principal } from '../identity/api.ts'

export type StartRun = Readonly<{
  workflow: string
  version?: number
  asset: Readonly<{ id: string; number: number; name: string }> | null
  variables: Readonly<Record<string, unknown>>
  /** The same key again starts nothing and answers the first run. */
  key: string
}>

/** What other services may ask of workflows. */
export interface WorkflowsApi {
  start(by: Principal, start: StartRun): Promise<{ runId: string }>
}
