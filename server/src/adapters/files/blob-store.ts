import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { crashAt } from '../../lib/crash-points.ts'
import { CapstanError } from '../../lib/errors.ts'
import { requirePath } from '../../ports/storage.ts'
import type { RenditionFile } from '../../services/assets/domain/file.ts'
import type { LocalBlobStore } from '../../services/assets/ports/blob-store.ts'

/** Renditions as ordinary files below one folder of a local file system. */
export class FileBlobStore implements LocalBlobStore {
  readonly #root: string

  constructor(root: string) {
    this.#root = resolve(root)
  }

  async place(stagedFolder: string, folder: string, files: readonly { path: string; mediaType: string }[]): Promise<RenditionFile[]> {
    const target = this.resolve(folder)
    const placed: RenditionFile[] = []
    for (const { path, mediaType } of files) {
      await requireOwnFile(stagedFolder, requirePath(path))
      placed.push({ path, mediaType, ...(await measure(join(stagedFolder, path))) })
    }
    const parent = dirname(target)
    await mkdir(parent, { recursive: true })
    await rm(target, { recursive: true, force: true })
    crashAt('before-rename')
    await rename(stagedFolder, target)
    crashAt('after-rename')
    await syncFolder(parent)
    return placed
  }

  async remove(path: string): Promise<void> {
    await rm(this.resolve(path), { recursive: true, force: true })
  }

  resolve(path: string): string {
    return join(this.#root, requirePath(path))
  }
}

/** A decoder that a hostile file has taken over may leave a link to our own files, or a pipe, where its result should be. */
async function requireOwnFile(folder: string, path: string): Promise<void> {
  const expected = join(await realpath(folder), path)
  const isOwn = (await lstat(expected)).isFile() && (await realpath(expected)) === expected
  if (!isOwn) throw new CapstanError('invalid', `what was made as ${path} is no ordinary file`)
}

/** Size and SHA-256 of what is really on the disk, and the data forced to it. */
async function measure(path: string): Promise<{ sizeBytes: number; sha256: string }> {
  const handle = await open(path, 'r')
  try {
    await handle.datasync()
  } finally {
    await handle.close()
  }
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return { sizeBytes: (await stat(path)).size, sha256: hash.digest('hex') }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
