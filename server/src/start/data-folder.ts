import { accessSync, constants, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CapstanError } from '../lib/errors.ts'

export type DataFolder = {
  root: string
  database: string
  searchDatabase: string
  uploads: string
  tmp: string
  logs: string
  run: string
  published: string
  hot: string
  blobs: string
  controlSocket: string
  adminPassword: string
  secrets: string
  settings: string
}

export const dataFolderAt = (root: string): DataFolder => {
  const run = join(root, 'run')
  return {
    root,
    database: join(root, 'capstan.db'),
    searchDatabase: join(root, 'search.db'),
    uploads: join(root, 'uploads'),
    tmp: join(root, 'tmp'),
    logs: join(root, 'logs'),
    run,
    published: join(root, 'published'),
    hot: join(root, 'hot'),
    blobs: join(root, 'blobs'),
    controlSocket: join(run, 'control.sock'),
    adminPassword: join(root, 'admin-password'),
    secrets: join(root, 'secrets.json'),
    settings: join(root, 'settings.json'),
  }
}

const SPACE_BYTES_MIN = 64 * 1024 * 1024

/** Makes the folders; throws one clear sentence when that cannot be. */
export function makeDataFolder(folder: DataFolder): void {
  try {
    mkdirSync(folder.root, { recursive: true, mode: 0o750 })
    for (const path of [folder.uploads, folder.tmp, folder.logs, folder.published, folder.hot, folder.blobs])
      mkdirSync(path, { recursive: true, mode: 0o750 })
    mkdirSync(folder.run, { recursive: true, mode: 0o700 })
    accessSync(folder.root, constants.W_OK)
  } catch (error) {
    throw new CapstanError(
      'invalid',
      `the data folder ${folder.root} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): choose another with --data DIR`,
      { cause: error },
    )
  }
  const { bavail, bsize } = statfsSync(folder.root)
  if (bavail * bsize < SPACE_BYTES_MIN)
    throw new CapstanError(
      'no_space',
      `there is no room left for the data folder ${folder.root}: free some space or choose another with --data DIR`,
    )
}

export type DataFolderLock = { announce(url: string): void; release(): void }

export type Owner = { pid: number; url: string | null }

/**
 * One process owns a data folder. The lock is a transaction on a file of its own: the system lets go of it when the process dies, however it
 * dies. Answers the owner instead when there is one.
 */
export function lockDataFolder(folder: DataFolder): { lock: DataFolderLock } | { owner: Owner } {
  const ownerFile = join(folder.run, 'owner.json')
  const handle = new DatabaseSync(join(folder.run, 'lock.db'))
  try {
    handle.exec('pragma journal_mode = delete; begin exclusive')
  } catch {
    handle.close()
    return { owner: readOwner(ownerFile) }
  }
  const write = (url: string | null) => writeFileSync(ownerFile, JSON.stringify({ pid: process.pid, url } satisfies Owner), { mode: 0o600 })
  write(null)
  const release = () => {
    rmSync(ownerFile, { force: true })
    handle.close()
  }
  return { lock: { announce: write, release } }
}

function readOwner(path: string): Owner {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner
  } catch {
    return { pid: 0, url: null }
  }
}
