import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { NotAvailable } from '../store-server.ts'
import { mayInstall, tell } from './command.ts'
import { alone } from './lock.ts'

/** Where servers are kept that this project built or fetched, by name and version. */
export const cacheFolder = (): string => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'capstan', 'servers')

export type Making = { name: string; version: string; make: (folder: string) => Promise<void> }

/**
 * The folder `<cache>/<name>-<version>`. Where it is missing and may be made, `make` fills a folder aside, which becomes visible whole; one process on
 * the machine makes at a time.
 */
export async function made({ name, version, make }: Making): Promise<string> {
  const goal = join(cacheFolder(), `${name}-${version}`)
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
