import { constants } from 'node:fs'
import { lstat, open, readdir, rm, type FileHandle } from 'node:fs/promises'
import type { BigIntStats } from 'node:fs'
import { basename } from 'node:path'
import { CapstanError, notFound } from '../../lib/errors.ts'
import type { PathBytes } from '../../services/transfer/domain/hot-folder.ts'
import type { OpenSource, SourceFacts, SourceFiles } from '../../services/transfer/ports/source-files.ts'
import { isErrno } from './durable.ts'
import type { FileChecksums, FileHasher } from './file-hasher.ts'
import { mediaTypeOf } from './media-type.ts'

const READ_BYTES = 1 << 20
/** With a limited rate, so much is read at once. */
const PACED_BYTES = 8 << 20
const DEPTH_MAX = 32

export const identityOf = ({ dev, ino, size, mtimeNs }: Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs'>): string =>
  `${dev}:${ino}:${size}:${mtimeNs}`

/** Files of this machine that are not ours: regular files only, links not followed, checked through the handle. */
export class LocalSourceFiles implements SourceFiles {
  readonly #hasher: FileHasher

  constructor(hasher: FileHasher) {
    this.#hasher = hasher
  }

  async open(path: PathBytes): Promise<OpenSource> {
    const handle = await openRegular(Buffer.from(path))
    try {
      const stats = await handle.stat({ bigint: true })
      if (!stats.isFile()) throw notRegular()
      return new LocalSource(handle, stats, this.#hasher)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async facts(path: PathBytes): Promise<SourceFacts | null> {
    try {
      const stats = await lstat(Buffer.from(path), { bigint: true })
      return stats.isFile() ? { identity: identityOf(stats), sizeBytes: Number(stats.size) } : null
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return null
      throw error
    }
  }

  async removeIf(path: PathBytes, identity: string): Promise<void> {
    const found = await this.facts(path)
    if (found?.identity === identity) await rm(Buffer.from(path), { force: true })
  }

  async *walk(path: string): AsyncGenerator<PathBytes> {
    const stats = await lstat(path).catch((error: unknown) => {
      throw isErrno(error, 'ENOENT', 'ENOTDIR') ? notFound('file or folder', path) : error
    })
    if (stats.isDirectory()) yield* walkFolder(Buffer.from(path), 1)
    else if (stats.isFile()) yield Buffer.from(path)
    else throw notRegular()
  }
}

async function* walkFolder(folder: Buffer, depth: number): AsyncGenerator<PathBytes> {
  if (depth > DEPTH_MAX) return
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' })
  for (const entry of entries.sort((a, b) => Buffer.compare(a.name, b.name))) {
    if (entry.name[0] === 0x2e) continue
    const path = Buffer.concat([folder, Buffer.from('/'), entry.name])
    if (entry.isFile()) yield path
    if (entry.isDirectory()) yield* walkFolder(path, depth + 1)
  }
}

/** O_NONBLOCK: a named pipe must not hold us until somebody writes to it. */
async function openRegular(path: Buffer): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) throw notFound('file', basename(path.toString()))
    if (isErrno(error, 'ELOOP', 'ENXIO')) throw notRegular()
    if (isErrno(error, 'EACCES', 'EPERM')) throw new CapstanError('forbidden', 'Capstan may not read this file', { cause: error })
    throw error
  }
}

const notRegular = () => new CapstanError('unsupported', 'only regular files are taken in: this is a link, a folder or a device')

class LocalSource implements OpenSource {
  readonly identity: string
  readonly sizeBytes: number
  readonly path: string
  readonly #handle: FileHandle
  readonly #hasher: FileHasher

  constructor(handle: FileHandle, stats: BigIntStats, hasher: FileHasher) {
    this.#handle = handle
    this.#hasher = hasher
    this.identity = identityOf(stats)
    this.path = `/proc/self/fd/${handle.fd}`
    this.sizeBytes = Number(stats.size)
  }

  async readAt(position: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await this.#handle.read(buffer, 0, length, position)
    return buffer.subarray(0, bytesRead)
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (let position = 0; position < this.sizeBytes;) {
      const chunk = await this.readAt(position, Math.min(READ_BYTES, this.sizeBytes - position))
      if (chunk.length === 0) throw changed()
      position += chunk.length
      yield chunk
    }
    await this.check()
  }

  async checksums(
    options: { signal?: AbortSignal; bytesPerSecond?: number | null; onBytes?: (bytes: number) => void } = {},
  ): Promise<FileChecksums> {
    const follower = this.#hasher.follow(this.#handle.fd, options.onBytes ?? null)
    try {
      await this.#advance(follower, options)
      const result = await abortable(follower.digest(), options.signal)
      await this.check()
      return result
    } finally {
      await follower.close()
    }
  }

  async #advance(
    follower: { advance(toBytes: number): void },
    { signal, bytesPerSecond }: { signal?: AbortSignal; bytesPerSecond?: number | null },
  ): Promise<void> {
    if (!bytesPerSecond) {
      follower.advance(this.sizeBytes)
      return
    }
    for (let bytes = 0; bytes < this.sizeBytes;) {
      signal?.throwIfAborted()
      bytes = Math.min(bytes + PACED_BYTES, this.sizeBytes)
      follower.advance(bytes)
      await abortable(new Promise((resolve) => setTimeout(resolve, (PACED_BYTES / bytesPerSecond) * 1_000)), signal)
    }
  }

  mediaType(): Promise<string> {
    return mediaTypeOf(this.#handle, this.sizeBytes)
  }

  async check(): Promise<void> {
    if (identityOf(await this.#handle.stat({ bigint: true })) !== this.identity) throw changed()
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

const changed = () => new CapstanError('conflict', 'the file changed while it was read')

function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
