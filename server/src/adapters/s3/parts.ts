import { createHash, type Hash } from 'node:crypto'
import { CapstanError } from '../../lib/errors.ts'

const MIB = 2 ** 20

/** S3 takes 10,000 parts of 5 MiB to 5 GiB. Small parts for what is usual, so that little memory is held; larger ones later, so that 828 GiB fit. */
const TIERS = [
  { untilPart: 2_000, bytes: 8 * MIB },
  { untilPart: 4_000, bytes: 32 * MIB },
  { untilPart: 10_000, bytes: 128 * MIB },
] as const

/** The largest file that goes in one request, and the size of the first parts of a larger one. */
export const FIRST_PART_BYTES = TIERS[0].bytes

/** The size of a part, counted from 1. It follows from the number alone, so that whoever reads a file can compute the sums of its parts again. */
export function partBytes(number: number): number {
  const tier = TIERS.find(({ untilPart }) => number <= untilPart)
  if (!tier) throw new CapstanError('too_large', 'files on S3 are at most 828 GiB')
  return tier.bytes
}

/** Where each part of a file of this size begins and ends, both included. */
export function* partsOf(sizeBytes: number): Generator<{ number: number; start: number; end: number }> {
  for (let number = 1, start = 0; start < sizeBytes; number++) {
    const end = Math.min(sizeBytes, start + partBytes(number)) - 1
    yield { number, start, end }
    start = end + 1
  }
}

export type SumKind = 'sha256' | 'md5'

/** How S3 writes the sum of a file: of its bytes where it was sent in one piece, else of the parts' sums, with their number. */
export function sumOfParts(kind: SumKind, sums: readonly Buffer[]): string {
  const encoding = kind === 'sha256' ? 'base64' : 'hex'
  return `${createHash(kind).update(Buffer.concat(sums)).digest(encoding)}-${sums.length}`
}

/** Follows the bytes of a whole file and says what its sum has to be, as S3 writes it. */
export class PartedSum {
  readonly #kind: SumKind
  readonly #sums: Buffer[] = []
  readonly #isOnePiece: boolean
  #hash: Hash
  #leftBytes: number

  constructor(kind: SumKind, { isOnePiece }: { isOnePiece: boolean }) {
    this.#kind = kind
    this.#isOnePiece = isOnePiece
    this.#hash = createHash(kind)
    this.#leftBytes = isOnePiece ? Infinity : partBytes(1)
  }

  update(chunk: Uint8Array): void {
    for (let taken = 0; taken < chunk.byteLength;) {
      if (this.#leftBytes === 0) this.#nextPart()
      const bytes = Math.min(this.#leftBytes, chunk.byteLength - taken)
      this.#hash.update(chunk.subarray(taken, taken + bytes))
      this.#leftBytes -= bytes
      taken += bytes
    }
  }

  digest(): string {
    if (this.#isOnePiece) return this.#hash.digest(this.#kind === 'sha256' ? 'base64' : 'hex')
    return sumOfParts(this.#kind, [...this.#sums, this.#hash.digest()])
  }

  #nextPart(): void {
    this.#sums.push(this.#hash.digest())
    this.#hash = createHash(this.#kind)
    this.#leftBytes = partBytes(this.#sums.length + 1)
  }
}

export type Part = Readonly<{ number: number; bytes: Buffer; isLast: boolean }>

/** Cuts a stream into parts. Its chunks are copied into the buffers that `bufferFor` answers; each is handed out full, but for the last. */
export async function* inParts(source: AsyncIterable<Uint8Array>, bufferFor: (number: number) => Promise<Buffer>): AsyncGenerator<Part> {
  let number = 1
  let filled = 0
  let buffer = await bufferFor(number)
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.byteLength;) {
      if (filled === buffer.byteLength) {
        yield { number, bytes: buffer, isLast: false }
        buffer = await bufferFor(++number)
        filled = 0
      }
      const bytes = Math.min(buffer.byteLength - filled, chunk.byteLength - taken)
      buffer.set(chunk.subarray(taken, taken + bytes), filled)
      filled += bytes
      taken += bytes
    }
  }
  yield { number, bytes: buffer.subarray(0, filled), isLast: true }
}
