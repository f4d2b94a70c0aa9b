import type { Right } from '@capstan/contract/rights'
import type { WorkflowDefinition } from '@capstan/contract/workflow-definition'

/** Actions whose effect has a right of its own, which starting a workflow must not go round. */
const RIGHTS_OF_ACTIONS: ReadonlyMap<string, Right> = new Map([
  ['publish', 'publish'],
  ['unpublish', 'publish'],
])

/** The rights that the actions of a definition need; those of the workflows that it starts are theirs to tell. */
export const rightsOfActions = ({ nodes }: WorkflowDefinition): ReadonlySet<Right> =>
  new Set(nodes.flatMap((node) => (node.type === 'action' ? (RIGHTS_OF_ACTIONS.get(node.action) ?? []) : [])))

/** Names of the workflows that a definition starts. */
export const startedBy = ({ nodes }: WorkflowDefinition): ReadonlySet<string> =>
  new Set(nodes.flatMap((node) => (node.type === 'sub-workflow' ? node.workflow : [])))
