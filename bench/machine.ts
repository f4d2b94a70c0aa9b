import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'

/** The machine that the figures are of; without them a figure says nothing. */
export const machineFacts = () => ({
  processor: cpus()[0]?.model ?? 'unknown',
  processors: availableParallelism(),
  memoryGib: Math.round(totalmem() / 2 ** 30),
  system: `${systemName()} (${release()}, ${arch()})`,
  node: process.version,
  loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  measuredAt: new Date().toISOString(),
})

function systemName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform
  } catch {
    return process.platform
  }
}
