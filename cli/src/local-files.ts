import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { normalize } from 'node:path'
import { Failure, FILE_FAULTS } from './failure.ts'
import { findNamed, join } from './path-bytes.ts'
import { plain } from './print.ts'

/**
 * `bytes` is the path as the disk has it, for a name need not be UTF-8; `path` is the same to read. `relativePath` begins with the folder
 * that was named.
 */
export type LocalFile = { path: string; bytes: Buffer; relativePath: string }

/** Regular files, folders in the order of their names; links within folders and hidden files are left out. Takes absolute paths. */
export async function listFiles(paths: readonly string[]): Promise<LocalFile[]> {
  const files: LocalFile[] = []
  for (const named of findNamed(paths.map(withoutLastSlash))) {
    const folder = named.lastIndexOf('/') + 1
    const asFile = (bytes: Buffer): LocalFile => ({ path: bytes.toString(), bytes, relativePath: bytes.toString('utf8', folder) })
    const facts = factsOf(named)
    if (facts.isFile()) files.push(asFile(named))
    else if (facts.isDirectory()) for await (const found of walk(named)) files.push(asFile(found))
    else throw new Failure(`${plain(named.toString())} is neither a file nor a folder`)
  }
  if (files.length === 0) throw new Failure('there are no files to take in')
  return files
}

const withoutLastSlash = (path: string): string => normalize(path).replace(/(?<=.)\/$/, '')

function factsOf(path: Buffer) {
  try {
    return statSync(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Failure(`${plain(path.toString())} ${FILE_FAULTS[code ?? ''] ?? `cannot be read: ${message}`}`)
  }
}

async function* walk(folder: Buffer): AsyncGenerator<Buffer> {
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' })
  for (const entry of entries.sort((a, b) => Buffer.compare(a.name, b.name))) {
    if (entry.name[0] === '.'.charCodeAt(0)) continue
    if (entry.isDirectory()) yield* walk(join(folder, entry.name))
    else if (entry.isFile()) yield join(folder, entry.name)
  }
}
