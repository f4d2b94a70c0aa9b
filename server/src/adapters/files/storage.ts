import { randomUUID } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { lstat, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crashAt } from '../../lib/crash-points.ts'
import { CapstanError, notFound, toCapstanError } from '../../lib/errors.ts'
import { requirePath, type ByteRange, type LocalStorage, type Space, type StoredFile } from '../../ports/storage.ts'
import { isErrno, makeFolder, syncFolder } from './durable.ts'

/** Where files lie while they are written; on the same file system, so that the last step is a rename. */
const ASIDE = '.aside'
/** Reading in pieces of this size costs the fewest system calls without holding much memory. */
const READ_BYTES = 1 << 20

/** A folder of a local (or mounted) file system. */
export class FileStorage implements LocalStorage {
  readonly #root: string

  constructor(root: string) {
    this.#root = resolve(root)
  }

  async put(path: string, source: AsyncIterable<Uint8Array>): Promise<{ sizeBytes: number }> {
    const target = this.localPath(path)
    const aside = join(this.#root, ASIDE, randomUUID())
    await makeFolder(dirname(aside))
    try {
      const sizeBytes = await writeDurably(aside, source)
      await moveInto(aside, target)
      return { sizeBytes }
    } catch (error) {
      await rm(aside, { force: true })
      throw translate(error, path)
    }
  }

  async adopt(localPath: string | Uint8Array, path: string): Promise<boolean> {
    const target = this.localPath(path)
    const source = typeof localPath === 'string' ? localPath : Buffer.from(localPath)
    try {
      await makeFolder(dirname(target))
      const synced = await syncSource(source)
      if (synced === null) return await isThere(target, path)
      await moveInto(source, target)
      await requireSame(synced, source, target)
      return true
    } catch (error) {
      if (isErrno(error, 'EXDEV')) return false
      throw translate(error, path)
    }
  }

  async *read(path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const stream = createReadStream(this.localPath(path), { highWaterMark: READ_BYTES, ...(range ?? {}) })
    try {
      for await (const chunk of stream) yield chunk as Buffer
    } catch (error) {
      throw translate(error, path)
    }
  }

  async stat(path: string): Promise<StoredFile | null> {
    try {
      const found = await lstat(this.localPath(path))
      return found.isFile() ? { path, sizeBytes: found.size, changedAtMs: found.mtimeMs } : null
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null
      throw translate(error, path)
    }
  }

  async remove(path: string): Promise<void> {
    await rm(this.localPath(path), { recursive: true, force: true })
  }

  async *list(): AsyncGenerator<StoredFile> {
    yield* this.#walk(this.#root)
  }

  async *#walk(folder: string): AsyncGenerator<StoredFile> {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) =>
      isErrno(error, 'ENOENT') ? [] : Promise.reject(error as Error),
    )
    for (const entry of entries) {
      const absolute = join(folder, entry.name)
      if (entry.isDirectory() && absolute !== join(this.#root, ASIDE)) yield* this.#walk(absolute)
      if (!entry.isFile()) continue
      const found = await stat(absolute).catch(() => null)
      if (found) yield { path: relative(this.#root, absolute), sizeBytes: found.size, changedAtMs: found.mtimeMs }
    }
  }

  async space(): Promise<Space> {
    try {
      const { bsize, blocks, bavail } = await statfs(this.#root)
      return { sizeBytes: bsize * blocks, freeBytes: bsize * bavail }
    } catch (error) {
      throw new CapstanError('unavailable', `the storage ${this.#root} cannot be reached`, { cause: error })
    }
  }

  async withLocal<T>(path: string, use: (localPath: string) => Promise<T>): Promise<T> {
    if (!(await this.stat(path))) throw notFound('file', path)
    return use(this.localPath(path))
  }

  localPath(path: string): string {
    return join(this.#root, requirePath(path))
  }

  /** Removes what writers that died left aside. Call it before the first writer starts. */
  async sweepAside(): Promise<void> {
    await rm(join(this.#root, ASIDE), { recursive: true, force: true })
  }
}

/** Opens a storage by the scheme of its URL; the folder is made, and what a killed process left aside is swept: only one process may have it open. */
export async function openFileStorage(url: string): Promise<FileStorage> {
  if (!url.startsWith('file:')) throw new CapstanError('unsupported', `a storage on this machine starts with file:, not ${url}`)
  const root = fileURLToPath(url)
  await makeFolder(root)
  const storage = new FileStorage(root)
  await storage.sweepAside()
  return storage
}

async function writeDurably(path: string, source: AsyncIterable<Uint8Array>): Promise<number> {
  const handle = await open(path, 'wx', 0o640)
  try {
    let position = 0
    for await (const chunk of source) {
      for (let done = 0; done < chunk.byteLength;)
        done += (await handle.write(chunk, done, chunk.byteLength - done, position + done)).bytesWritten
      position += chunk.byteLength
    }
    await handle.datasync()
    return position
  } finally {
    await handle.close()
  }
}

async function moveInto(source: string | Buffer, target: string): Promise<void> {
  await makeFolder(dirname(target))
  crashAt('before-rename')
  await rename(source, target)
  crashAt('after-rename')
  await syncFolder(dirname(target))
}

/** Forces the data of a local file to the disk and answers which file that was; null when there is none. Links are not followed. */
async function syncSource(path: string | Buffer): Promise<Inode | null> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stats = await handle.stat()
      if (!stats.isFile()) throw notRegular()
      await handle.datasync()
      return stats
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    if (isErrno(error, 'ELOOP', 'ENXIO')) throw notRegular()
    throw error
  }
}

type Inode = Readonly<{ dev: number; ino: number }>

const notRegular = () => new CapstanError('unsupported', 'only regular files are taken in: this is a link, a folder or a device')

/** Somebody who may write where the source lay may have put a link in its place meanwhile, and with it any file of this machine. */
async function requireSame({ dev, ino }: Inode, source: string | Buffer, target: string): Promise<void> {
  const moved = await lstat(target)
  // A link may have been given the number of the file that it replaced.
  if (moved.isFile() && moved.dev === dev && moved.ino === ino) return
  await rename(target, source)
  throw new CapstanError('conflict', 'the file was replaced while it was being taken in')
}

async function isThere(target: string, path: string): Promise<true> {
  if (!(await stat(target).catch(() => null))) throw notFound('file to adopt as', path)
  await syncFolder(dirname(target))
  return true
}

function translate(error: unknown, path: string): unknown {
  if (isErrno(error, 'ENOENT')) return new CapstanError('not_found', `there is no file ${path}`, { cause: error })
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) return toCapstanError(error)
  return error
}
