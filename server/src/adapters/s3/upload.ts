import { crashAt } from '../../lib/crash-points.ts'
import type { SummedPart, S3Objects } from './objects.ts'
import { FIRST_PART_BYTES, inParts, partBytes, type Part } from './parts.ts'

/** Parts on their way at once, while the next is being filled. */
const LANES = 3
const LANES_OF_LARGE_PARTS = 1

/**
 * Streams to `path`; the file is there from the moment it is whole. Holds four parts of 8 MiB at most, and from 15 GiB on two of 32, from 78 GiB on two of 128 MiB. What
 * fails leaves what was there before.
 */
export async function upload(objects: S3Objects, path: string, source: AsyncIterable<Uint8Array>): Promise<{ sizeBytes: number }> {
  const multipart = new Multipart(objects, path)
  try {
    for await (const part of inParts(source, (number) => multipart.bufferFor(number))) {
      if (part.isLast && part.number === 1) return await putWhole(objects, path, part.bytes)
      await multipart.send(part)
    }
    return await multipart.complete()
  } catch (error) {
    await multipart.abort()
    throw error
  }
}

async function putWhole(objects: S3Objects, path: string, bytes: Buffer): Promise<{ sizeBytes: number }> {
  const written = await objects.putWhole(path, bytes)
  await objects.confirm(path, written)
  return { sizeBytes: written.sizeBytes }
}

type Slot = { buffer: Buffer | null; sent: Promise<void> }

class Multipart {
  readonly #objects: S3Objects
  readonly #path: string
  readonly #parts: SummedPart[] = []
  #slots: Slot[] = []
  #slotBytes = 0
  #uploadId: string | null = null
  #sizeBytes = 0

  constructor(objects: S3Objects, path: string) {
    this.#objects = objects
    this.#path = path
  }

  /** A buffer that no part on its way uses any more. */
  async bufferFor(number: number): Promise<Buffer> {
    const bytes = partBytes(number)
    if (bytes !== this.#slotBytes) await this.#startTier(bytes)
    const slot = this.#slotOf(number)
    await slot.sent
    slot.buffer ??= Buffer.allocUnsafeSlow(bytes)
    return slot.buffer
  }

  async send({ number, bytes }: Part): Promise<void> {
    this.#uploadId ??= await this.#objects.begin(this.#path, { isSummed: true })
    const slot = this.#slotOf(number)
    slot.sent = this.#sendPart(this.#uploadId, number, bytes)
    // Whoever needs the slot next is told.
    slot.sent.catch(() => {})
  }

  async complete(): Promise<{ sizeBytes: number }> {
    await this.#allSent()
    crashAt('before-complete')
    const parts = this.#parts.toSorted((one, other) => one.number - other.number)
    const etag = await this.#objects.complete(this.#path, this.#uploadId!, parts)
    crashAt('after-complete')
    const sum = this.#objects.sumOf(parts)
    await this.#objects.confirm(this.#path, { sizeBytes: this.#sizeBytes, etag, sum })
    return { sizeBytes: this.#sizeBytes }
  }

  /** What cannot be aborted now is swept when it is old. */
  async abort(): Promise<void> {
    await Promise.allSettled(this.#slots.map(({ sent }) => sent))
    if (this.#uploadId !== null) await this.#objects.abort(this.#path, this.#uploadId, 1).catch(() => {})
  }

  async #sendPart(uploadId: string, number: number, bytes: Buffer): Promise<void> {
    this.#parts.push(await this.#objects.putPart(this.#path, uploadId, number, bytes))
    this.#sizeBytes += bytes.byteLength
  }

  async #startTier(bytes: number): Promise<void> {
    await this.#allSent()
    const lanes = bytes === FIRST_PART_BYTES ? LANES : LANES_OF_LARGE_PARTS
    this.#slots = Array.from({ length: lanes + 1 }, () => ({ buffer: null, sent: Promise.resolve() }))
    this.#slotBytes = bytes
  }

  async #allSent(): Promise<void> {
    await Promise.all(this.#slots.map(({ sent }) => sent))
  }

  #slotOf(number: number): Slot {
    return this.#slots[number % this.#slots.length]!
  }
}
