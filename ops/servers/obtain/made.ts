import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { NotAvailable } from '../store-server.ts'
import { cacheFolder } from './cache-folder.ts'
import { mayInstall, tell } from './command.ts'
import { alone } from './lock.ts'

const PROOF_CHARS = 8

export type Making = {
  name: string
  version: string
  /** Files of ours that it is made from: others make another folder. */
  sources?: readonly string[]
  make: (folder: string) => Promise<void>
}

/**
 * The folder `<cache>/<name>-<version>`, and a proof of its sources where there are some. Where it is missing and may be made, `make` fills a folder aside, which becomes visible whole; one process on
 * the machine makes at a time.
 */
export async function made({ name, version, sources = [], make }: Making): Promise<string> {
  const goal = join(cacheFolder(), [name, version, ...proofOf(sources)].join('-'))
  if (existsSync(goal)) return goal
  if (!mayInstall()) throw new NotAvailable(`${name} ${version} was not fetched yet: npm run test:stack does it`)
  await alone(async () => {
    if (existsSync(goal)) return
    const startedMs = performance.now()
    tell(`bringing ${name} ${version} …`)
    await makeAside(goal, `.${name}-`, make)
    tell(`brought ${name} ${version} in ${Math.round((performance.now() - startedMs) / 1_000)} s`)
  })
  return goal
}

function proofOf(sources: readonly string[]): string[] {
  if (sources.length === 0) return []
  const hash = createHash('sha256')
  for (const source of sources) hash.update(readFileSync(source)).update('\0')
  return [hash.digest('hex').slice(0, PROOF_CHARS)]
}

async function makeAside(goal: string, prefix: string, make: Making['make']): Promise<void> {
  mkdirSync(cacheFolder(), { recursive: true })
  for (const left of readdirSync(cacheFolder()))
    if (left.startsWith(prefix)) rmSync(join(cacheFolder(), left), { recursive: true, force: true })
  const aside = mkdtempSync(join(cacheFolder(), prefix))
  try {
    await make(aside)
    renameSync(aside, goal)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}
