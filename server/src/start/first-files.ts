import type { Services } from './services.ts'
import type { Ports } from '../compose.ts'

export type Taken = { path: string; assetId: string | null; runId: string | null; error: string | null }

const POLL_MS = 250
const ENDED = new Set(['completed', 'failed', 'cancelled'])

/** Takes in files and folders of this machine, as the command line asks. */
export const takeIn = (services: Services, paths: readonly string[], workflow: string): Promise<Taken[]> =>
  services.transfer.ingestLocal(services.system, { paths, workflow, inPlace: false })

/** Waits for the runs of what was taken in; warnings count as completed. */
export async function waitForRuns(
  ports: Ports,
  accountId: number,
  taken: readonly Taken[],
  onEnd: (path: string, status: string, reason: string | null) => void,
): Promise<{ completed: number; failed: number }> {
  const count = { completed: 0, failed: 0 }
  const open = new Map<string, string>()
  for (const { path, runId, error } of taken) {
    if (runId) open.set(runId, path)
    else {
      count.failed++
      onEnd(path, 'failed', error)
    }
  }
  while (open.size > 0) {
    for (const [runId, path] of open) {
      const run = await ports.runs.find(accountId, runId)
      if (!run || !ENDED.has(run.status)) continue
      open.delete(runId)
      if (run.status === 'completed') count.completed++
      else count.failed++
      const warnings = run.warnings.map(({ message }) => message)
      onEnd(
        path,
        warnings.length > 0 && run.status === 'completed' ? 'completed with warnings' : run.status,
        run.reason ?? warnings[0] ?? null,
      )
    }
    if (open.size > 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return count
}
