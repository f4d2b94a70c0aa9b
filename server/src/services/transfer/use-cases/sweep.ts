import type { Storage } from '../../../ports/storage.ts'
import { ARRIVAL_KEPT_MS } from '../domain/arrival.ts'
import type { Packages } from '../ports/packages.ts'
import type { TransferStore } from '../ports/transfer-store.ts'
import type { UploadFiles } from '../ports/upload-files.ts'
import type { LiveUploads } from './live-uploads.ts'
import { dropUpload } from './receive-upload.ts'
import { arrivalsIn } from './recover-arrivals.ts'

export type SweepDeps = { store: TransferStore; files: UploadFiles; live: LiveUploads; packages: Packages; nowMs: () => number }
export type Swept = { uploads: number; files: number; packages: number; arrivals: number }

const DAY_MS = 86_400_000

/** Removes what has run out: unfinished uploads after their time, files without an upload, drafts of packages, old records. */
export const sweep = (deps: SweepDeps) => async (): Promise<Swept> => ({
  uploads: await expireUploads(deps),
  files: await removeStray(deps),
  packages: await deps.packages.sweep(deps.nowMs() - DAY_MS),
  arrivals: await deps.store.prune(deps.nowMs() - ARRIVAL_KEPT_MS),
})

async function expireUploads({ store, files, live, nowMs }: SweepDeps): Promise<number> {
  let expired = 0
  for await (const arrival of arrivalsIn(store, ['receiving'])) {
    if (arrival.expiresAtMs === null || arrival.expiresAtMs > nowMs() || live.liveBytes(arrival.id) !== null) continue
    await live.exclusively(arrival.id, (writer) => dropUpload({ store, files, nowMs }, writer, arrival))
    expired++
  }
  return expired
}

/** A crash between a record's end and its file's leaves the file. */
async function removeStray({ store, files, nowMs }: SweepDeps): Promise<number> {
  const known = new Set<string>()
  for await (const { id } of arrivalsIn(store, ['receiving', 'taking'])) known.add(id)
  const stray = (await files.list()).filter(({ id, changedAtMs }) => !known.has(id) && changedAtMs < nowMs() - DAY_MS)
  for (const { id } of stray) await files.remove(id)
  return stray.length
}

export type StorageFault = { path: string; fault: 'orphaned' | 'missing' | 'wrong_size'; sizeBytes: number }

/** A file that rows refer to, or a folder (`rendition`) with everything below it. Paths are relative to the storage. */
export type ExpectedBlob = { path: string; sizeBytes: number; kind: 'file' | 'rendition' }

/**
 * Compares what rows refer to with what lies in the storage. It only reads; nothing is removed. A file that nobody refers to and that was changed after
 * `untilMs` is left out: it may belong to a job that is just about to say so.
 */
export async function* checkStorage(
  storage: Storage,
  expected: AsyncIterable<ExpectedBlob>,
  untilMs: number,
): AsyncGenerator<StorageFault> {
  const files = new Map<string, number>()
  const folders = new Map<string, number>()
  for await (const { path, sizeBytes, kind } of expected) (kind === 'file' ? files : folders).set(path, sizeBytes)
  const folderBytes = new Map<string, number>()
  for await (const { path, sizeBytes, changedAtMs } of storage.list()) {
    const folder = parentsOf(path).find((parent) => folders.has(parent))
    if (folder !== undefined) folderBytes.set(folder, (folderBytes.get(folder) ?? 0) + sizeBytes)
    const known = files.get(path)
    files.delete(path)
    if (known !== undefined && known !== sizeBytes) yield { path, fault: 'wrong_size', sizeBytes }
    if (known === undefined && folder === undefined && changedAtMs <= untilMs) yield { path, fault: 'orphaned', sizeBytes }
  }
  for (const [path, sizeBytes] of files) yield { path, fault: 'missing', sizeBytes }
  for (const [path, sizeBytes] of folders) {
    const found = folderBytes.get(path)
    if (found === undefined) yield { path, fault: 'missing', sizeBytes }
    if (found !== undefined && found !== sizeBytes) yield { path, fault: 'wrong_size', sizeBytes: found }
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, parts.length - 1 - index).join('/'))
}
