import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { chmod, copyFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { CapstanError } from '../lib/errors.ts'
import type { DataFolder } from '../start/data-folder.ts'
import { DATABASE, keep, keepSecrets, MANIFEST, SECRETS, syncPath } from './backup.ts'

const STAGED = 'restore.db'
const STAGED_SECRETS = 'restore-secrets.json'
/** Names the folder that keeps what was there. */
const KEPT_AS = 'restore.kept-as'

/**
 * Checks a backup and lays it ready; the next start takes it over. Media that the backup carries and the folder lacks are brought back now; media
 * that are in neither stop the restore, because rows without files would be a loss that nobody noticed. Keys that the backup carries come with it; without them
 * those of the folder stay. Answers the folder that will keep what is there now.
 */
export async function stageRestore(
  folder: DataFolder,
  backupPath: string,
  checkDatabase: (path: string) => void,
  nowMs: number,
): Promise<string> {
  const database = join(backupPath, DATABASE)
  if (!existsSync(database)) throw new CapstanError('invalid', `${backupPath} is no backup: it has no ${DATABASE}`)
  checkDatabase(database)
  await bringMedia(folder, backupPath)
  const aside = join(folder.run, `${STAGED}.partial`)
  await copyFile(database, aside)
  // Whoever made or moved the backup may have opened it to others: what becomes ours is ours alone.
  await chmod(aside, 0o600)
  await syncPath(aside)
  const secrets = join(folder.run, STAGED_SECRETS)
  await rm(secrets, { force: true })
  await keepSecrets(join(backupPath, SECRETS), secrets)
  const kept = join(folder.root, `before-restore-${new Date(nowMs).toISOString().replace(/[:.]/g, '-')}`)
  await writeFile(join(folder.run, KEPT_AS), kept)
  await syncPath(join(folder.run, KEPT_AS))
  await rename(aside, join(folder.run, STAGED))
  await syncPath(folder.run)
  return kept
}

/** At start: puts a staged database in place; what was there is kept and its folder answered. A crash at any line is finished by the next start. */
export function takeOverRestore(folder: DataFolder): string | null {
  const staged = join(folder.run, STAGED)
  const secrets = join(folder.run, STAGED_SECRETS)
  if (!existsSync(staged)) return null
  const kept = readFileSync(join(folder.run, KEPT_AS), 'utf8')
  mkdirSync(kept, { recursive: true, mode: 0o700 })
  if (existsSync(secrets)) {
    if (existsSync(folder.secrets)) renameSync(folder.secrets, join(kept, basename(folder.secrets)))
    renameSync(secrets, folder.secrets)
  }
  if (existsSync(folder.database)) {
    for (const suffix of ['-wal', '-shm', '']) {
      const path = `${folder.database}${suffix}`
      if (existsSync(path)) renameSync(path, join(kept, basename(path)))
    }
  }
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${folder.searchDatabase}${suffix}`, { force: true })
  renameSync(staged, folder.database)
  rmSync(join(folder.run, KEPT_AS), { force: true })
  return kept
}

const MISSING_SHOWN_MAX = 5

async function bringMedia(folder: DataFolder, backupPath: string): Promise<void> {
  const missing: string[] = []
  const lines = createInterface({ input: createReadStream(join(backupPath, MANIFEST)), crlfDelay: Infinity })
  for await (const line of lines) {
    const { path, sizeBytes } = JSON.parse(line) as { path: string; sizeBytes: number }
    if (path.split('/').includes('..')) throw new CapstanError('invalid', 'the manifest of this backup names files outside of it')
    const here = join(folder.blobs, path)
    if (existsSync(here) && statSync(here).size === sizeBytes) continue
    const kept = join(backupPath, 'blobs', path)
    if (existsSync(kept)) await keep(kept, here)
    else missing.push(path)
  }
  if (missing.length === 0) return
  const shown = missing.slice(0, MISSING_SHOWN_MAX).join(', ')
  throw new CapstanError(
    'conflict',
    `${missing.length} media files of this backup are neither in it nor in ${folder.blobs} (${shown} …): bring them back first`,
  )
}
