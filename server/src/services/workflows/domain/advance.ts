import type { WorkflowNode } from '@capstan/contract/workflow-definition'
import { boundOutput } from '../../jobs/api.ts'
import type { Outcome } from './command.ts'
import type { NodeOf } from './compiled-definition.ts'
import type { ConditionFacts } from './condition.ts'
import type { Draft } from './draft.ts'
import { jobKey, type UnnumberedRun } from './run.ts'

const VISITS_MAX = 1_000
const DEPTH_MAX = 10

type AnyDraft = Draft<UnnumberedRun>

/** Moves tokens on from the given nodes until each waits for a step or a branch, or has come to an end. */
export function advance(draft: AnyDraft, nodeIds: readonly string[]): void {
  const waiting = [...nodeIds].reverse()
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const node = draft.compiled.nodes.get(id)
    if (node) waiting.push(...enter(draft, node).reverse())
  }
}

/** Enters a node; answers where to go at once. */
function enter(draft: AnyDraft, node: WorkflowNode): string[] {
  if (node.type === 'join') return arrive(draft, node)
  const visits = draft.node(node.id).visits + 1
  draft.set(node.id, {
    status: 'running',
    visits,
    seen: 0,
    startedAtMs: draft.nowMs,
    endedAtMs: null,
    message: null,
    passed: false,
    held: false,
  })
  if (visits > VISITS_MAX) return fail(draft, node, `it was reached more than ${VISITS_MAX} times: the workflow goes round in circles`)
  if (node.type === 'action') return enqueue(draft, node, visits)
  if (node.type === 'sub-workflow') return startSubRun(draft, node, visits)
  if (node.type === 'decision') return decideBranch(draft, node)
  complete(draft, node.id)
  if (node.type === 'start') return [node.next]
  if (node.type === 'fork') return [...node.branches]
  endRun(draft, 'completed', null)
  return []
}

const complete = (draft: AnyDraft, id: string, message: string | null = null): void =>
  draft.set(id, { status: 'completed', endedAtMs: draft.nowMs, message })

function arrive(draft: AnyDraft, node: NodeOf<'join'>): string[] {
  const before = draft.node(node.id)
  const arrived = before.arrived + 1
  if (arrived === 1) draft.set(node.id, { status: 'waiting', visits: before.visits + 1, startedAtMs: draft.nowMs, endedAtMs: null })
  const size = draft.compiled.joinSizes.get(node.id) ?? 1
  draft.set(node.id, {
    arrived: arrived === size ? 0 : arrived,
    message: arrived === size ? null : `${arrived} of ${size} branches are here`,
  })
  if (arrived < size) return []
  complete(draft, node.id)
  return [node.next]
}

function enqueue(draft: AnyDraft, node: NodeOf<'action'>, visit: number): string[] {
  const { run } = draft
  draft.commands.push({
    type: 'enqueue',
    job: {
      accountId: run.accountId,
      key: jobKey(run.id, node.id, visit),
      kind: node.action,
      input: { ...node.config, ...run.variables },
      priority: node.priority,
      attemptsMax: node.retry.attempts,
      retryDelayMs: node.retry.delayMs,
      retryFactor: node.retry.factor,
      timeoutMs: node.timeoutMs,
      runId: run.id,
      nodeId: node.id,
      workflow: run.workflow,
      asset: run.asset,
      readyAtMs: null,
    },
  })
  return []
}

function startSubRun(draft: AnyDraft, node: NodeOf<'sub-workflow'>, visit: number): string[] {
  const { run } = draft
  if (run.depth >= DEPTH_MAX) return fail(draft, node, `sub-workflows are nested more than ${DEPTH_MAX} deep`)
  const parent = { runId: run.id, nodeId: node.id, visit }
  const variables = { ...run.variables, ...node.variables }
  draft.commands.push({
    type: 'start_run',
    workflow: node.workflow,
    key: jobKey(run.id, node.id, visit),
    variables,
    asset: run.asset,
    parent,
    depth: run.depth + 1,
    startedBy: run.startedBy,
  })
  return []
}

function decideBranch(draft: AnyDraft, node: NodeOf<'decision'>): string[] {
  const facts = factsOf(draft.run)
  const conditions = draft.compiled.conditions.get(node.id) ?? []
  for (const [index, branch] of node.branches.entries()) {
    try {
      if (!conditions[index]?.(facts)) continue
    } catch (error) {
      const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
      return fail(draft, node, `the condition of branch "${branch.name}" (${branch.when}) could not be decided: ${reason}`)
    }
    complete(draft, node.id, branch.name)
    return [branch.next]
  }
  complete(draft, node.id, 'otherwise')
  return [node.otherwise]
}

function factsOf(run: UnnumberedRun): ConditionFacts {
  const told = Object.values(run.outputs).map((output) => output.asset)
  const asset = Object.assign({ ...run.asset }, ...told.filter((facts) => typeof facts === 'object')) as Record<string, unknown>
  return {
    run: { id: run.id, workflow: run.workflow, variables: run.variables, startedBy: run.startedBy },
    asset,
    output: { ...run.outputs },
  }
}

/** A node failed for good; answers where its error leads. */
export function fail(draft: AnyDraft, node: WorkflowNode, message: string): string[] {
  const onError = node.type === 'action' ? node.onError : undefined
  const optional = (node.type === 'action' || node.type === 'sub-workflow') && !node.required
  draft.set(node.id, { status: 'failed', endedAtMs: draft.nowMs, message, passed: onError !== undefined || optional })
  if (onError !== undefined) return [onError]
  if (!optional || !('next' in node)) return []
  draft.warn(node.id, [message])
  return [node.next]
}

/** A run of which nothing runs any more, and that did not come to an end, has failed. */
export function endIfStuck(draft: AnyDraft): void {
  if (draft.run.status !== 'running') return
  const nodes = Object.entries(draft.nodes)
  if (nodes.some(([, { status, passed, held }]) => held || (status === 'running' && !passed))) return
  const failed = nodes.filter(([, { status, passed }]) => status === 'failed' && !passed)
  endRun(draft, 'failed', failed.map(([id, { message }]) => `${draft.titleOf(id)} failed: ${message ?? 'no reason is known'}`).join('; '))
}

export function endRun(draft: AnyDraft, status: 'completed' | 'failed' | 'cancelled', reason: string | null): void {
  Object.assign(draft.run, { status, reason, endedAtMs: draft.nowMs })
  draft.events.push(`run.${status}`)
  tellParent(draft)
}

/** A sub-run's news for the node that started it. */
export function tellParent(draft: AnyDraft): void {
  const { parent } = draft.run
  if (!parent) return
  draft.commands.push({
    type: 'settle',
    runId: parent.runId,
    outcome: { nodeId: parent.nodeId, visit: parent.visit, revision: draft.run.revision + 1, result: resultOf(draft.run) },
  })
}

function resultOf(run: UnnumberedRun): Outcome['result'] {
  if (run.status === 'completed')
    return { kind: 'completed', output: boundOutput({ ...run.outputs, warnings: run.warnings.map(({ message }) => message) }) }
  if (run.status === 'failed') return { kind: 'failed', message: run.reason ?? 'its run failed' }
  return run.status === 'cancelled' ? { kind: 'failed', message: 'its run was cancelled' } : { kind: 'restarted' }
}
