import { createHash, randomFillSync } from 'node:crypto'

// A call for 16 random bytes costs two microseconds, one for 4 KiB hardly more.
const randomPool = Buffer.alloc(4_096)
let randomUsed = randomPool.length

function random16(): Buffer {
  if (randomUsed === randomPool.length) {
    randomFillSync(randomPool)
    randomUsed = 0
  }
  randomUsed += 16
  return randomPool.subarray(randomUsed - 16, randomUsed)
}

/** UUID version 7 (RFC 9562 §5.7): sorts by creation time to the millisecond, 74 random bits. */
export function uuidv7(nowMs: number = Date.now()): string {
  const bytes = random16()
  bytes.writeUIntBE(nowMs, 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return formatUuid(bytes)
}

/**
 * Numbers from blocks: `claimBlock` reserves `blockSize` numbers durably and answers the first one; the numbers of a block are handed
 * out from memory. A crash wastes the rest of a block and never repeats a number. Numbers stay below 2^53.
 */
export class HiLo {
  readonly #claimBlock: (blockSize: number) => Promise<number>
  readonly #blockSize: number
  #next = 0
  #end = 0
  #claiming: Promise<void> | null = null

  constructor(claimBlock: (blockSize: number) => Promise<number>, blockSize = 1_000) {
    this.#claimBlock = claimBlock
    this.#blockSize = blockSize
  }

  async next(): Promise<number> {
    while (this.#next === this.#end) await (this.#claiming ??= this.#claim())
    return this.#next++
  }

  async #claim(): Promise<void> {
    try {
      this.#next = await this.#claimBlock(this.#blockSize)
      this.#end = this.#next + this.#blockSize
    } finally {
      this.#claiming = null
    }
  }
}

/** A UUID (version 8) that the same text always gives: for things whose second making must find the first. */
export function uuidFrom(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return formatUuid(bytes)
}

function formatUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
