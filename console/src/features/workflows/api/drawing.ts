import type { WorkflowDefinition, WorkflowNode } from '@capstan/contract/workflow-definition'

export type Arrow = { from: string; to: string; label: string; kind: 'next' | 'error' }

/** Every way out of a node, with the name it has. */
function arrowsOf(node: WorkflowNode, otherwise: string, onError: string): Arrow[] {
  const arrow = (to: string, label = '', kind: Arrow['kind'] = 'next'): Arrow => ({ from: node.id, to, label, kind })
  if (node.type === 'end') return []
  if (node.type === 'decision') return [...node.branches.map(({ name, next }) => arrow(next, name)), arrow(node.otherwise, otherwise)]
  if (node.type === 'fork') return node.branches.map((next) => arrow(next))
  if (node.type === 'action') return [arrow(node.next), ...(node.onError ? [arrow(node.onError, onError, 'error')] : [])]
  return [arrow(node.next)]
}

/** The arrows of a drawing; several between the same two nodes become one with all names. */
export function arrows({ nodes }: WorkflowDefinition, words: { otherwise: string; onError: string }): Arrow[] {
  const merged = new Map<string, Arrow>()
  const known = new Set(nodes.map(({ id }) => id))
  for (const arrow of nodes.flatMap((node) => arrowsOf(node, words.otherwise, words.onError))) {
    if (!known.has(arrow.to)) continue
    const key = `${arrow.from}>${arrow.to}>${arrow.kind}`
    const same = merged.get(key)
    merged.set(key, same ? { ...same, label: [same.label, arrow.label].filter(Boolean).join(', ') } : arrow)
  }
  return [...merged.values()]
}

/** What a node is called when nobody named it: its action in words. */
export function titleOf(node: WorkflowNode, typeName: string): string {
  if (node.title) return node.title
  if (node.type === 'action') return node.action.charAt(0).toUpperCase() + node.action.slice(1).replaceAll(/[-_]/g, ' ')
  return node.type === 'sub-workflow' ? node.workflow : typeName
}

type Step = { id: string; status: string }

/** The drawing without the branches that a run did not take: a decision that was made leads only where it went. */
export function walked(definition: WorkflowDefinition, steps: readonly Step[]): WorkflowDefinition {
  const status = new Map(steps.map((step) => [step.id, step.status]))
  const isReached = (id: string): boolean => !['waiting', 'skipped'].includes(status.get(id) ?? 'waiting')
  const nodes = new Map(definition.nodes.map((node) => [node.id, node]))
  const kept = new Set<string>()
  const waiting = definition.nodes.filter(({ type }) => type === 'start').map(({ id }) => id)
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const node = nodes.get(id)
    if (!node || kept.has(id)) continue
    kept.add(id)
    const next = arrowsOf(node, '', '').map(({ to }) => to)
    const taken = next.filter(isReached)
    waiting.push(...(node.type === 'decision' && taken.length > 0 ? taken : next.filter((to) => status.get(to) !== 'skipped')))
  }
  return { ...definition, nodes: definition.nodes.filter(({ id }) => kept.has(id)) }
}
