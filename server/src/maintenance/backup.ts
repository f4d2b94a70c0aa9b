import { constants, createWriteStream, existsSync } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import type { BackupReport } from '@capstan/contract/system'
import { CapstanError } from '../lib/errors.ts'

export type BackupDeps = {
  version: string
  /** A consistent copy of the database, made while it is in use. */
  copyDatabase: (path: string) => Promise<void>
  /** Managed files and rendition folders, by pages. */
  listPaths: (
    cursor: string | null,
    limit: number,
  ) => Promise<{ items: { path: string; sizeBytes: number; kind: 'file' | 'rendition' }[]; nextCursor: string | null }>
  blobs: string
  /** The file with the platform's own keys; there is none before the first key. */
  secrets: string
  nowMs: () => number
}

export const MANIFEST = 'media-manifest.jsonl'
export const DATABASE = 'capstan.db'
export const SECRETS = 'secrets.json'
const ABOUT = 'backup.json'
const PAGE = 500

/**
 * The database first, then the media that it names: what arrives meanwhile is in neither or in both. Written aside and renamed, so a backup that
 * can be seen is whole. Media are hard links where the file system allows, because stored files never change; else copies. The keys that open what
 * the database has sealed come along only when asked: who finds a backup must not find both.
 */
export const backup =
  (deps: BackupDeps) =>
  async ({ path, withMedia, withSecrets }: { path: string; withMedia: boolean; withSecrets: boolean }): Promise<BackupReport> => {
    const startedMs = deps.nowMs()
    if (await stat(path).catch(() => null))
      throw new CapstanError('conflict', `${path} is there already: name a folder that does not exist yet`)
    const aside = `${path}.partial-${process.pid}`
    await rm(aside, { recursive: true, force: true })
    await mkdir(aside, { recursive: true, mode: 0o700 })
    try {
      await deps.copyDatabase(join(aside, DATABASE))
      if (withSecrets) await keepSecrets(deps.secrets, join(aside, SECRETS))
      const media = await writeManifest(deps, aside, withMedia)
      const { size: databaseBytes } = await stat(join(aside, DATABASE))
      const report: BackupReport = { path, databaseBytes, ...media, withMedia, withSecrets, tookMs: deps.nowMs() - startedMs }
      await writeFile(
        join(aside, ABOUT),
        JSON.stringify({ ...report, version: deps.version, madeAt: new Date(startedMs).toISOString() }, null, 2),
      )
      await syncAll(aside)
      await rename(aside, path)
      await syncPath(dirname(path))
      return report
    } catch (error) {
      await rm(aside, { recursive: true, force: true })
      throw error
    }
  }

/** A copy that only its owner reads, never a link: a file that changes. */
export async function keepSecrets(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return
  await rm(to, { force: true })
  await writeFile(to, await readFile(from), { mode: 0o600, flag: 'wx' })
  await syncPath(to)
}

async function writeManifest(deps: BackupDeps, aside: string, withMedia: boolean): Promise<{ mediaFiles: number; mediaBytes: number }> {
  const out = createWriteStream(join(aside, MANIFEST), { mode: 0o600 })
  let mediaFiles = 0
  let mediaBytes = 0
  let cursor: string | null = null
  do {
    const page = await deps.listPaths(cursor, PAGE)
    for (const { path, kind } of page.items) {
      for (const file of kind === 'file' ? [path] : await filesBelow(deps.blobs, path)) {
        const facts = await stat(join(deps.blobs, file)).catch(() => null)
        if (!facts) continue
        if (withMedia) await keep(join(deps.blobs, file), join(aside, 'blobs', file))
        if (!out.write(`${JSON.stringify({ path: file, sizeBytes: facts.size })}\n`)) await once(out, 'drain')
        mediaFiles++
        mediaBytes += facts.size
      }
    }
    cursor = page.nextCursor
  } while (cursor)
  out.end()
  await once(out, 'close')
  return { mediaFiles, mediaBytes }
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath.slice(root.length + 1), entry.name))
}

/**
 * A link where both lie on one file system, else a copy (shared blocks where the file system can) that is on the disk. What is at `to` already is
 * replaced, never written into: it may be a link of another backup.
 */
export async function keep(from: string, to: string): Promise<void> {
  const aside = `${to}.partial`
  await mkdir(dirname(to), { recursive: true })
  await rm(aside, { force: true })
  try {
    await link(from, aside)
  } catch {
    await copyFile(from, aside, constants.COPYFILE_FICLONE)
    await syncPath(aside)
  }
  await rename(aside, to)
}

async function syncAll(folder: string): Promise<void> {
  for (const name of [DATABASE, MANIFEST, ABOUT]) await syncPath(join(folder, name))
  await syncPath(folder)
}

export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
