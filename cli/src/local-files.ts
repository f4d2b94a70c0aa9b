import { statSync, type Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { Failure, FILE_FAULTS } from './failure.ts'
import { plain } from './print.ts'

/** `relativePath` begins with the folder that was named. */
export type LocalFile = { path: string; relativePath: string }

/** Regular files, folders in the order of their names; links within folders and hidden files are left out. */
export async function listFiles(paths: readonly string[]): Promise<LocalFile[]> {
  const files: LocalFile[] = []
  for (const path of paths) {
    const facts = factsOf(path)
    if (facts.isFile()) files.push({ path, relativePath: basename(path) })
    else if (facts.isDirectory())
      for await (const found of walk(path)) files.push({ path: found, relativePath: join(basename(path), relative(path, found)) })
    else throw new Failure(`${plain(path)} is neither a file nor a folder`)
  }
  if (files.length === 0) throw new Failure('there are no files to take in')
  return files
}

function factsOf(path: string) {
  try {
    return statSync(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Failure(`${plain(path)} ${FILE_FAULTS[code ?? ''] ?? `cannot be read: ${message}`}`)
  }
}

async function* walk(folder: string): AsyncGenerator<string> {
  const entries: Dirent[] = []
  for await (const entry of await opendir(folder)) entries.push(entry)
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) yield* walk(join(folder, entry.name))
    else if (entry.isFile()) yield join(folder, entry.name)
  }
}
