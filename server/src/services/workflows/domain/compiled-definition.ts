import type { WorkflowDefinition, WorkflowNode } from '@capstan/contract/workflow-definition'
import { compileCondition, type Condition } from './condition.ts'

export type NodeOf<T extends WorkflowNode['type']> = Extract<WorkflowNode, { type: T }>

/** A valid definition, made ready for deciding. */
export type CompiledDefinition = Readonly<{
  definition: WorkflowDefinition
  nodes: ReadonlyMap<string, WorkflowNode>
  startId: string
  /** How many branches a join waits for. */
  joinSizes: ReadonlyMap<string, number>
  /** The compiled branches of each decision, in order. */
  conditions: ReadonlyMap<string, readonly Condition[]>
}>

/** All places a node can lead to. */
export function nextIds(node: WorkflowNode): string[] {
  if (node.type === 'end') return []
  if (node.type === 'decision') return [...node.branches.map(({ next }) => next), node.otherwise]
  if (node.type === 'fork') return [...node.branches]
  if (node.type === 'action' && node.onError !== undefined) return [node.next, node.onError]
  return [node.next]
}

/** The definition must be valid (see validate-definition). */
export function compileDefinition(definition: WorkflowDefinition): CompiledDefinition {
  const nodes = new Map(definition.nodes.map((node) => [node.id, node]))
  const decisions = definition.nodes.filter((node) => node.type === 'decision')
  return {
    definition,
    nodes,
    startId: definition.nodes.find((node) => node.type === 'start')?.id ?? '',
    joinSizes: new Map(
      walkBranches(definition)
        .joins.entries()
        .map(([joinId, forkId]) => [joinId, forkSize(nodes.get(forkId))]),
    ),
    conditions: new Map(decisions.map((node) => [node.id, node.branches.map(({ when }) => compileCondition(when))])),
  }
}

const forkSize = (node: WorkflowNode | undefined): number => (node?.type === 'fork' ? node.branches.length : 0)

export type BranchProblem = Readonly<{ nodeId: string; message: string }>

/**
 * Follows every path and notes in which branch of which fork each node lies: a fork goes one level in, a join one level out. So each join belongs
 * to one fork, each branch brings exactly one arrival to it, and no branch ends anywhere else.
 */
export function walkBranches(definition: WorkflowDefinition): {
  joins: Map<string, string>
  reached: Set<string>
  problems: BranchProblem[]
} {
  const nodes = new Map(definition.nodes.map((node) => [node.id, node]))
  const start = definition.nodes.find((node) => node.type === 'start')
  const joins = new Map<string, string>()
  const places = new Map<string, string>()
  const problems: BranchProblem[] = []
  const waiting: { id: string; path: readonly string[] }[] = start ? [{ id: start.id, path: [] }] : []
  for (let step = waiting.pop(); step; step = waiting.pop()) {
    const { id, path } = step
    const node = nodes.get(id)
    if (!node) continue
    const place = path.slice(0, node.type === 'join' ? -1 : undefined).join('/')
    const known = places.get(id)
    const problem = problemAt(node, path, joins, known === undefined || known === place)
    if (problem) problems.push({ nodeId: id, message: problem })
    if (node.type === 'join' && path.length > 0) joins.set(id, joins.get(id) ?? forkOf(path))
    if (known !== undefined || problem) continue
    places.set(id, place)
    const inside = node.type === 'join' ? path.slice(0, -1) : path
    nextIds(node).forEach((next, index) => waiting.push({ id: next, path: node.type === 'fork' ? [...inside, `${id}#${index}`] : inside }))
  }
  return { joins, reached: new Set(places.keys()), problems }
}

const forkOf = (path: readonly string[]): string => path.at(-1)?.split('#')[0] ?? ''

function problemAt(node: WorkflowNode, path: readonly string[], joins: ReadonlyMap<string, string>, samePlace: boolean): string | null {
  if (node.type === 'join') {
    if (path.length === 0) return 'is reached without a fork before it: remove the join, or put a fork where the branches begin'
    const forkId = joins.get(node.id)
    return forkId !== undefined && forkId !== forkOf(path)
      ? `joins branches of two forks (${forkId} and ${forkOf(path)}): give each fork a join of its own`
      : null
  }
  if (node.type === 'end' && path.length > 0)
    return `ends the run inside a branch of fork "${forkOf(path)}": lead that branch to the fork's join first`
  return samePlace
    ? null
    : 'is reached from two branches, or from inside and outside of a fork: give each branch a node of its own and let them meet at a join'
}
