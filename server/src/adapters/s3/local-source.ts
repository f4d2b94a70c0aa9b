import { constants, type BigIntStats } from 'node:fs'
import { lstat, open, unlink, type FileHandle } from 'node:fs/promises'
import { CapstanError } from '../../lib/errors.ts'

const READ_BYTES = 1 << 20

const errnoOf = (error: unknown): string => (error as NodeJS.ErrnoException | null)?.code ?? ''

/** A finished file of this machine on its way to the store: the one that was opened, whatever is put in its place. */
export class LocalSource {
  readonly #path: string | Buffer
  readonly #handle: FileHandle
  readonly #opened: BigIntStats

  private constructor(path: string | Buffer, handle: FileHandle, opened: BigIntStats) {
    this.#path = path
    this.#handle = handle
    this.#opened = opened
  }

  /** Null when there is none; links, folders and devices are `unsupported`. */
  static async open(path: string | Buffer): Promise<LocalSource | null> {
    try {
      const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      const opened = await handle.stat({ bigint: true })
      if (opened.isFile()) return new LocalSource(path, handle, opened)
      await handle.close()
      throw notRegular()
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null
      if (['ELOOP', 'ENXIO'].includes(errnoOf(error))) throw notRegular()
      throw error
    }
  }

  read(): AsyncIterable<Buffer> {
    return this.#handle.createReadStream({ start: 0, autoClose: false, highWaterMark: READ_BYTES })
  }

  /** Throws `conflict` when somebody wrote to it, or put another in its place, since it was opened. */
  async requireSame(): Promise<void> {
    const [now, named] = [await this.#handle.stat({ bigint: true }), await this.#named()]
    const isSame = now.size === this.#opened.size && now.mtimeNs === this.#opened.mtimeNs
    const isNamed = named === null || (named.dev === now.dev && named.ino === now.ino)
    if (!isSame || !isNamed) throw new CapstanError('conflict', 'the file was replaced while it was being taken in')
  }

  /** Fine when it is gone already. */
  async remove(): Promise<void> {
    await unlink(this.#path).catch((error: unknown) => (errnoOf(error) === 'ENOENT' ? undefined : Promise.reject(error as Error)))
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  async #named(): Promise<BigIntStats | null> {
    return lstat(this.#path, { bigint: true }).catch((error: unknown) =>
      errnoOf(error) === 'ENOENT' ? null : Promise.reject(error as Error),
    )
  }
}

const notRegular = () => new CapstanError('unsupported', 'only regular files are taken in: this is a link, a folder or a device')
