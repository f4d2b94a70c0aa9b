import type { RunStatus } from '@capstan/contract/work'
import type { JobOutput, NewJob } from '../../jobs/api.ts'

/** How one node stands. `visits` counts how often a loop came by. */
export type NodeRun = Readonly<{
  status: 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled'
  visits: number
  /** The newest revision of the job or sub-run that was taken into account: older news changes nothing. */
  seen: number
  startedAtMs: number
  endedAtMs: number | null
  message: string | null
  /** It failed, and the run went on without it. */
  passed: boolean
  /** It ended while the run was paused; its successor starts when the run goes on. */
  held: boolean
  /** For a join: how many branches have come in. */
  arrived: number
}>

export type RunWarning = Readonly<{ nodeId: string; message: string }>
export type ParentNode = Readonly<{ runId: string; nodeId: string; visit: number }>

/** One execution of a workflow definition; it stays on the version it started with. */
export type Run = Readonly<{
  number: number
  id: string
  accountId: number
  key: string
  workflow: string
  version: number
  definitionId: string
  status: RunStatus
  reason: string | null
  warnings: readonly RunWarning[]
  asset: NewJob['asset']
  startedBy: string
  variables: Readonly<Record<string, unknown>>
  /** Only the nodes that were reached. */
  nodes: Readonly<Record<string, NodeRun>>
  /** What steps answered, by node. */
  outputs: Readonly<Record<string, JobOutput>>
  outputsLength: number
  parent: ParentNode | null
  /** How many sub-workflows deep. */
  depth: number
  createdAtMs: number
  endedAtMs: number | null
  revision: number
}>

export type UnnumberedRun = Omit<Run, 'number'>

export const isEnded = ({ status }: Pick<Run, 'status'>): boolean => status === 'completed' || status === 'failed' || status === 'cancelled'

/** Names the effect of a step: the same step twice is one job. */
export const jobKey = (runId: string, nodeId: string, visit: number, item = 0): string => `${runId}/${nodeId}/${visit}/${item}`

/** The node and visit that a job key names; null for keys of other makers. */
export function parseJobKey(key: string): { nodeId: string; visit: number } | null {
  const match = /^[^/]+\/([^/]+)\/(\d+)\/\d+$/.exec(key)
  return match ? { nodeId: match[1]!, visit: Number(match[2]) } : null
}
