import { api } from '@capstan/contract/api'
import type { RunView } from '@capstan/contract/work'
import type { Client } from '@capstan/contract/client'
import type { Screen } from './screen.ts'

const POLL_MS = 500
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled'])

/** The newest run about an asset; null when none was started. */
export async function findRunOf(call: Client, assetId: string): Promise<string | null> {
  const { items } = await call(api.runs.list, { query: { filter: `asset:${assetId}`, limit: 1 } })
  return items[0]?.id ?? null
}

/** Waits until a run has ended, with a bar. A paused run is waited for: somebody will let it go on. */
export async function waitForRun(call: Client, runId: string, name: string, screen: Screen): Promise<RunView> {
  const bar = screen.add(name, 'waiting')
  for (let percent = 0; ;) {
    const run = await call(api.runs.get, { params: { id: runId } })
    percent = Math.max(percent, percentOf(run))
    bar.update(percent, run.status)
    if (ENDED.has(run.status)) return run
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** Every action counts the same; those of branches not taken do not count. */
function percentOf({ status, nodes }: RunView): number {
  if (status === 'completed') return 100
  const actions = nodes.filter(({ type, status: state }) => (type === 'action' || type === 'sub-workflow') && state !== 'skipped')
  const done = actions.reduce((sum, node) => sum + (node.status === 'completed' ? 100 : (node.progress ?? 0)), 0)
  return actions.length === 0 ? 0 : Math.min(99, done / actions.length)
}

/** How it ended, as `--once` says it. */
export const outcomeOf = ({ status, warnings }: Pick<RunView, 'status' | 'warnings'>): string =>
  status === 'completed' && warnings.length > 0 ? 'completed with warnings' : status
