import { isRoot } from '../folder.ts'
import { NotAvailable } from '../store-server.ts'
import { findProgram, mayInstall, runQuietly, tell } from './command.ts'
import { alone } from './lock.ts'

const LIMIT_MS = 15 * 60_000

/** The path of a program: the one that is there, else Debian's packages bring it when we are root. */
export async function fromApt(program: string, packages: readonly string[]): Promise<string> {
  const found = findProgram(program)
  if (found) return found
  const wanted = packages.join(' ')
  if (!mayInstall() || !isRoot() || !findProgram('apt-get')) throw new NotAvailable(`there is no ${program}: install ${wanted}`)
  return alone(async () => {
    const brought = findProgram(program)
    if (brought) return brought
    tell(`installing ${wanted} …`)
    // The lists may be missing or old: only then are they worth their time.
    await install(packages).catch(async () => {
      await aptGet(['update'])
      await install(packages)
    })
    const path = findProgram(program)
    if (!path) throw new NotAvailable(`Debian's ${wanted} brought no ${program}`)
    return path
  })
}

const install = (packages: readonly string[]) => aptGet(['install', '-y', '--no-install-recommends', ...packages])

async function aptGet(args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await runQuietly('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=600', ...args], { env, limitMs: LIMIT_MS })
}
