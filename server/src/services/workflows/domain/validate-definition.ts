import type { WorkflowDefinition, WorkflowNode } from '@capstan/contract/workflow-definition'
import { nextIds, walkBranches } from './compiled-definition.ts'
import { compileCondition } from './condition.ts'

/** What is known outside of the definition. */
export type KnownNames = Readonly<{ actions: ReadonlySet<string>; workflows: ReadonlySet<string> }>

/** Everything that is wrong with a definition, each problem naming the node and what to do; empty when it can be deployed. */
export function validateDefinition(definition: WorkflowDefinition, known: KnownNames): string[] {
  const ids = new Set(definition.nodes.map(({ id }) => id))
  const first = [
    ...duplicates(definition),
    ...starts(definition),
    ...definition.nodes.flatMap((node) => missing(node, ids)),
    ...definition.nodes.flatMap((node) => contents(node, definition, known)),
  ]
  // The paths can only be followed when every node is there.
  return first.length > 0 ? first : paths(definition)
}

const named = (node: Pick<WorkflowNode, 'id'>): string => `node "${node.id}"`

function duplicates({ nodes }: WorkflowDefinition): string[] {
  const twice = nodes.filter((node, index) => nodes.findIndex(({ id }) => id === node.id) !== index)
  return twice.map((node) => `${named(node)} is there twice: give each node an id of its own`)
}

function starts({ nodes }: WorkflowDefinition): string[] {
  const count = nodes.filter(({ type }) => type === 'start').length
  if (count === 0) return ['there is no start: add a node of type "start"']
  return count > 1 ? [`there are ${count} starts: keep exactly one node of type "start"`] : []
}

function missing(node: WorkflowNode, ids: ReadonlySet<string>): string[] {
  return nextIds(node)
    .filter((next) => !ids.has(next))
    .map((next) => `${named(node)} leads to "${next}", and there is no such node: add it or correct the id`)
}

function contents(node: WorkflowNode, definition: WorkflowDefinition, known: KnownNames): string[] {
  if (node.type === 'action' && !known.actions.has(node.action))
    return [
      `${named(node)} asks for the action "${node.action}", which nobody here can do: use one of ${[...known.actions].sort().join(', ')}`,
    ]
  if (node.type === 'sub-workflow' && node.workflow === definition.name)
    return [`${named(node)} starts its own workflow and would never end: start another one`]
  if (node.type === 'sub-workflow' && !known.workflows.has(node.workflow))
    return [`${named(node)} starts the workflow "${node.workflow}", which is not deployed: deploy it first`]
  if (node.type !== 'decision') return []
  return node.branches.flatMap(({ name, when }) => {
    const problem = conditionProblem(when)
    return problem === null
      ? []
      : [
          `${named(node)}, branch "${name}": the condition ${JSON.stringify(when)} is not usable: ${problem}. It is CEL over run, asset and output`,
        ]
  })
}

function conditionProblem(when: string): string | null {
  try {
    compileCondition(when)
    return null
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
  }
}

function paths(definition: WorkflowDefinition): string[] {
  const { problems, reached, joins } = walkBranches(definition)
  if (problems.length > 0) return problems.map(({ nodeId, message }) => `node "${nodeId}" ${message}`)
  const lost = definition.nodes
    .filter((node) => !reached.has(node.id))
    .map((node) => `${named(node)} is never reached: lead another node to it or remove it`)
  if (lost.length > 0) return lost
  const joined = new Set(joins.values())
  const openForks = definition.nodes
    .filter((node) => node.type === 'fork' && !joined.has(node.id))
    .map((node) => `${named(node)} is a fork without a join: lead its branches to a join`)
  const ending = canEnd(definition)
  const endless = definition.nodes
    .filter((node) => !ending.has(node.id))
    .map((node) => `${named(node)} can never come to an end: lead it, or a later node, to a node of type "end"`)
  return [...openForks, ...endless]
}

/** Ids of nodes from which an end can be reached. */
function canEnd({ nodes }: WorkflowDefinition): Set<string> {
  const ending = new Set(nodes.filter(({ type }) => type === 'end').map(({ id }) => id))
  for (let before = -1; before !== ending.size;) {
    before = ending.size
    for (const node of nodes) if (nextIds(node).some((next) => ending.has(next))) ending.add(node.id)
  }
  return ending
}
