import type { RunNodeView, RunSummary, RunView, WorkflowDefinitionView } from '@capstan/contract/work'
import type { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import { isoTime } from '../../lib/clock.ts'
import type { JobProgress } from '../jobs/api.ts'
import { isEnded, jobKey, type NodeRun, type Run } from './domain/run.ts'
import type { DeployedDefinition } from './domain/deployed-definition.ts'

const time = (ms: number | null | undefined): string | null => (ms === null || ms === undefined ? null : isoTime(ms))

export const runSummary = (run: Run): RunSummary => ({
  id: run.id,
  number: run.number,
  workflow: run.workflow,
  version: run.version,
  status: run.status,
  warnings: run.warnings.map(({ message }) => message),
  reason: run.reason,
  asset: run.asset,
  startedBy: run.startedBy,
  createdAt: isoTime(run.createdAtMs),
  endedAt: time(run.endedAtMs),
  revision: run.revision,
})

/** A run with its drawing, each node with how far its job is. */
export function runView(run: Run, definition: WorkflowDefinition, jobs: readonly JobProgress[]): RunView {
  const jobsByKey = new Map(jobs.map((job) => [job.key, job]))
  const nodes = definition.nodes.map((node) => {
    const state = run.nodes[node.id]
    return nodeView(node, state, isEnded(run), state ? jobsByKey.get(jobKey(run.id, node.id, state.visits)) : undefined)
  })
  return { ...runSummary(run), variables: run.variables, definition, nodes }
}

function nodeView(
  node: WorkflowDefinition['nodes'][number],
  state: NodeRun | undefined,
  ended: boolean,
  job: JobProgress | undefined,
): RunNodeView {
  return {
    id: node.id,
    type: node.type,
    title: node.title ?? node.id,
    status: state?.status === undefined || (state.status === 'waiting' && ended) ? (ended ? 'skipped' : 'waiting') : state.status,
    visits: state?.visits ?? 0,
    jobId: job?.id ?? null,
    progress: state?.status === 'completed' && job ? 100 : (job?.progress ?? null),
    startedAt: time(job?.startedAtMs ?? state?.startedAtMs),
    endedAt: time(state?.endedAtMs),
    message: state?.message ?? (state?.status === 'running' ? (job?.why ?? null) : null),
  }
}

export const definitionView = (deployed: DeployedDefinition, current: boolean): WorkflowDefinitionView => ({
  id: deployed.id,
  name: deployed.definition.name,
  version: deployed.version,
  title: deployed.definition.title,
  current,
  definition: deployed.definition,
  createdAt: isoTime(deployed.createdAtMs),
  createdBy: deployed.createdBy,
})
