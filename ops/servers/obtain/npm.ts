import { createHash } from 'node:crypto'
import { chmod, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { NotAvailable } from '../store-server.ts'
import { findProgram, runQuietly } from './command.ts'
import { made } from './made.ts'

const LIMIT_MS = 5 * 60_000

export type NpmProgram = { name: string; version: string; package: string; integrity: string; program: string }

/** A program that an npm package carries, proved by the hash that we know; no script of the package runs. */
export async function fromNpm({ name, version, package: spec, integrity, program }: NpmProgram): Promise<string> {
  const make = async (folder: string) => {
    const npm = findProgram('npm')
    if (!npm) throw new NotAvailable(`there is neither ${name} nor an npm that could fetch it`)
    await runQuietly(npm, ['pack', `${spec}@${version}`, '--ignore-scripts', '--pack-destination', folder], {
      cwd: folder,
      limitMs: LIMIT_MS,
    })
    const file = (await readdir(folder)).find((entry) => entry.endsWith('.tgz')) ?? ''
    const hash = createHash('sha512').update(await readFile(join(folder, file)))
    if (`sha512-${hash.digest('base64')}` !== integrity) throw new Error(`${spec}@${version} is not the package that is expected`)
    await runQuietly('tar', ['-xf', file, '--strip-components=1', '--no-same-owner'], { cwd: folder, limitMs: LIMIT_MS })
    await rm(join(folder, file))
    await chmod(join(folder, program), 0o755)
  }
  return join(await made({ name, version, make }), program)
}
