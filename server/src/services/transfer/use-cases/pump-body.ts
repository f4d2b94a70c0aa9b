import { createHash } from 'node:crypto'
import { CapstanError } from '../../../lib/errors.ts'
import type { ExpectedChecksum } from '../domain/tus-headers.ts'
import type { UploadFile } from '../ports/upload-files.ts'

/** So much may wait for the disk before the client waits. */
const WAITING_BYTES_MAX = 8 << 20
/** The system takes at most 1024 pieces in one call. */
const PIECES_MAX = 512

export type Pump = {
  body: AsyncIterable<Uint8Array>
  file: UploadFile
  /** More than this is refused. */
  bytesMax: number
  checksum: ExpectedChecksum | null
  onBytes: () => void
}

/**
 * Writes a request's body at the end of the file: while one piece goes to the disk the next ones come in. With a checksum the bytes
 * count only when it is right: otherwise they are cut off again and `invalid` with reason `checksum_mismatch` is thrown.
 * A body that breaks off throws; without a checksum, what came before stays.
 */
export async function pumpBody({ body, file, bytesMax, checksum, onBytes }: Pump): Promise<void> {
  const start = file.sizeBytes
  const writer = new Writer(file, checksum === null)
  const expected = checksum && { checksum, hash: createHash(checksum.algorithm) }
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength
      if (bytes > bytesMax) throw new CapstanError('too_large', 'more bytes came than the upload was announced with')
      expected?.hash.update(chunk)
      onBytes()
      await writer.write(chunk)
    }
    await writer.end()
    if (expected && !expected.hash.digest().equals(expected.checksum.digest)) throw mismatch(expected.checksum)
  } catch (error) {
    await writer.end().catch(() => {})
    if (checksum) await file.truncate(start)
    throw error
  }
}

const mismatch = ({ algorithm }: ExpectedChecksum) =>
  new CapstanError('invalid', `these bytes are not the ones that were sent: their ${algorithm} differs. Send them again`, {
    details: { reason: 'checksum_mismatch' },
  })

class Writer {
  readonly #file: UploadFile
  readonly #isFollowed: boolean
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #writing: Promise<void> | null = null
  #failure: unknown = null

  constructor(file: UploadFile, isFollowed: boolean) {
    this.#file = file
    this.#isFollowed = isFollowed
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.byteLength
    this.#writing ??= this.#drain()
    if (this.#waitingBytes > WAITING_BYTES_MAX) await this.#writing
    if (this.#failure) throw this.#failure as Error
  }

  async end(): Promise<void> {
    await this.#writing
    if (this.#failure) throw this.#failure as Error
  }

  async #drain(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const pieces = this.#waiting.splice(0, PIECES_MAX)
        await this.#file.append(pieces)
        this.#waitingBytes -= pieces.reduce((sum, piece) => sum + piece.byteLength, 0)
        if (this.#isFollowed) this.#file.follow(this.#file.sizeBytes)
      }
    } catch (error) {
      this.#failure = error
    } finally {
      this.#writing = null
    }
  }
}
