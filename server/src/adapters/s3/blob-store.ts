import { createHash } from 'node:crypto'
import { lstat, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crashAt } from '../../lib/crash-points.ts'
import { CapstanError } from '../../lib/errors.ts'
import { requirePath } from '../../ports/storage.ts'
import type { RenditionFile } from '../../services/assets/domain/file.ts'
import type { BlobStore } from '../../services/assets/ports/blob-store.ts'
import { inLanes } from './in-lanes.ts'
import { LocalSource } from './local-source.ts'
import type { S3Storage } from './storage.ts'

/** Renditions of one folder that are sent at once. */
const LANES = 4

type Promised = { path: string; mediaType: string }

/** Renditions in a bucket. */
export class S3BlobStore implements BlobStore {
  readonly #storage: S3Storage

  constructor(storage: S3Storage) {
    this.#storage = storage
  }

  /** All is sent before anything of an earlier attempt is removed, and the staged folder goes last: whatever ends in between can be done again. */
  async place(stagedFolder: string, folder: string, files: readonly Promised[]): Promise<RenditionFile[]> {
    requirePath(folder)
    for (const { path } of files) await requireOwnFile(stagedFolder, requirePath(path))
    const placed = new Map<string, RenditionFile>()
    await inLanes(files, LANES, async (file) => void placed.set(file.path, await this.#send(stagedFolder, folder, file)))
    crashAt('after-upload')
    for await (const { path } of this.#storage.listBelow(`${folder}/`))
      if (!placed.has(path.slice(folder.length + 1))) await this.#storage.remove(path)
    await rm(stagedFolder, { recursive: true, force: true })
    return files.map(({ path }) => placed.get(path)!)
  }

  async remove(path: string): Promise<void> {
    await this.#storage.remove(path)
  }

  async #send(stagedFolder: string, folder: string, { path, mediaType }: Promised): Promise<RenditionFile> {
    const source = await LocalSource.open(join(stagedFolder, path))
    if (!source) throw new CapstanError('internal', `${path} was promised and is gone`)
    const hash = createHash('sha256')
    async function* hashed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        hash.update(chunk)
        yield chunk
      }
    }
    try {
      const { sizeBytes } = await this.#storage.put(`${folder}/${path}`, hashed(source.read()))
      await source.requireSame()
      return { path, mediaType, sizeBytes, sha256: hash.digest('hex') }
    } finally {
      await source.close()
    }
  }
}

/** A decoder that a hostile file has taken over may leave a link to our own files, or a pipe, where its result should be. */
async function requireOwnFile(folder: string, path: string): Promise<void> {
  const expected = join(await realpath(folder), path)
  const isOwn = (await lstat(expected)).isFile() && (await realpath(expected)) === expected
  if (!isOwn) throw new CapstanError('invalid', `what was made as ${path} is no ordinary file`)
}
