import { readFileSync } from 'node:fs'
import { open, readdir, rm, stat, type FileHandle } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CapstanError, toCapstanError } from '../../lib/errors.ts'
import type { UploadFile, UploadFiles } from '../../services/transfer/ports/upload-files.ts'
import { isErrno, makeFolder, syncFolder } from './durable.ts'
import type { FileChecksums, FileHasher, HashFollower } from './file-hasher.ts'
import { mediaTypeOf } from './media-type.ts'

/** Unfinished uploads as files named by their ids in one folder. */
export class LocalUploadFiles implements UploadFiles {
  readonly bootId = readBootId()
  readonly #folder: string
  readonly #hasher: FileHasher

  constructor(folder: string, hasher: FileHasher) {
    this.#folder = resolve(folder)
    this.#hasher = hasher
  }

  async open(id: string, offset: (sizeOnDisk: number) => number): Promise<UploadFile> {
    await makeFolder(this.#folder)
    const path = this.localPath(id)
    const isNew = (await this.sizeOf(id)) === null
    const handle = await open(path, isNew ? 'wx+' : 'r+', 0o640)
    try {
      if (isNew) await syncFolder(this.#folder)
      const { size } = await handle.stat()
      const goesOnFrom = offset(size)
      if (goesOnFrom < size) await handle.truncate(goesOnFrom)
      return new LocalUploadFile(handle, goesOnFrom, this.#hasher)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.localPath(id), { force: true })
  }

  localPath(id: string): string {
    if (!/^[0-9a-f-]{36}$/.test(id)) throw new CapstanError('invalid', 'this is no id of an upload')
    return join(this.#folder, id)
  }

  async list(): Promise<{ id: string; changedAtMs: number }[]> {
    const names = await readdir(this.#folder).catch(() => [])
    const files = await Promise.all(
      names.map(async (id) => {
        const found = await stat(join(this.#folder, id)).catch(() => null)
        return found?.isFile() ? [{ id, changedAtMs: found.mtimeMs }] : []
      }),
    )
    return files.flat()
  }

  async sizeOf(id: string): Promise<number | null> {
    try {
      return (await stat(this.localPath(id))).size
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return null
      throw error
    }
  }
}

/** Starting the write-back early keeps the last sync short: with one at the end, 4 GiB waited for most of a second more. */
const WRITE_BACK_BYTES = 64 << 20

class LocalUploadFile implements UploadFile {
  readonly #handle: FileHandle
  readonly #hasher: FileHasher
  #follower: HashFollower | null = null
  #size: number
  #writtenBack: number
  #writingBack: Promise<void> | null = null
  #failure: unknown = null

  constructor(handle: FileHandle, size: number, hasher: FileHasher) {
    this.#handle = handle
    this.#hasher = hasher
    this.#size = size
    this.#writtenBack = size
  }

  get sizeBytes(): number {
    return this.#size
  }

  async append(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#failure) throw toCapstanError(this.#failure)
    const total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
    try {
      const { bytesWritten } = await this.#handle.writev(chunks as Uint8Array[], this.#size)
      if (bytesWritten < total) await this.#appendRest(Buffer.concat(chunks), bytesWritten)
      this.#size += total
    } catch (error) {
      throw toCapstanError(error)
    }
    if (this.#size - this.#writtenBack >= WRITE_BACK_BYTES) this.#startWriteBack()
  }

  /** A disk that fills up takes a part first; the next write then tells. */
  async #appendRest(all: Buffer, done: number): Promise<void> {
    while (done < all.length) done += (await this.#handle.write(all, done, all.length - done, this.#size + done)).bytesWritten
  }

  #startWriteBack(): void {
    if (this.#writingBack) return
    this.#writtenBack = this.#size
    this.#writingBack = this.#handle
      .datasync()
      .catch((error: unknown) => void (this.#failure = error))
      .finally(() => (this.#writingBack = null))
  }

  async sync(): Promise<void> {
    await this.#writingBack
    if (this.#failure) throw toCapstanError(this.#failure)
    try {
      await this.#handle.datasync()
    } catch (error) {
      throw toCapstanError(error)
    }
    this.#writtenBack = this.#size
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#writingBack
    await this.#handle.truncate(sizeBytes)
    this.#size = sizeBytes
    this.#writtenBack = Math.min(this.#writtenBack, sizeBytes)
  }

  follow(toBytes: number): void {
    this.#follower ??= this.#hasher.follow(this.#handle.fd)
    this.#follower.advance(toBytes)
  }

  async checksums(): Promise<FileChecksums> {
    this.follow(this.#size)
    const follower = this.#follower!
    try {
      return await follower.digest()
    } finally {
      this.#follower = null
      await follower.close()
    }
  }

  async mediaType(): Promise<string> {
    return mediaTypeOf(this.#handle, this.#size)
  }

  async close(): Promise<void> {
    await this.#writingBack
    await this.#follower?.close()
    this.#follower = null
    await this.#handle.close()
  }
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return 'unknown'
  }
}
