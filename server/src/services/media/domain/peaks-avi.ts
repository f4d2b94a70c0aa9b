/** What the header says of a track. */
export type AviTrack = { channels: number; sampleRate: number }

const LISTS_ENTERED = new Set(['hdrl', 'strl', 'movi', 'rec '])
/** A header chunk that is longer than this is not one of ours. */
const HEADER_BYTES_MAX = 65536

/**
 * Reads the 16-bit samples of many tracks out of one AVI stream, as ffmpeg writes it to a pipe: the one container with a fixed-size
 * header for each block that needs neither seeking nor an index. Holds a few bytes between two chunks.
 */
export class AviSamples {
  readonly tracks: AviTrack[] = []
  #onSamples: (track: number, samples: Int16Array) => void
  #pending: Uint8Array = new Uint8Array(0)
  #left = 0
  #track: number | null = null

  constructor(onSamples: (track: number, samples: Int16Array) => void) {
    this.#onSamples = onSamples
  }

  /** Throws on anything that is not such a stream. */
  push(chunk: Uint8Array): void {
    // A Buffer's slice() would share memory with its neighbours in the pool; a plain array's copies.
    const plain = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)
    let bytes = this.#pending.length === 0 ? plain : concat(this.#pending, plain)
    for (;;) {
      const used = this.#left > 0 ? this.#takeBody(bytes) : this.#takeHeader(bytes)
      if (used === 0) break
      bytes = bytes.subarray(used)
    }
    this.#pending = bytes.slice()
  }

  /** Takes part of a block's samples (whole frames), or skips part of what is of no interest. */
  #takeBody(bytes: Uint8Array): number {
    const available = Math.min(this.#left, bytes.length)
    if (this.#track === null) {
      this.#left -= available
      return available
    }
    const frameBytes = this.tracks[this.#track]!.channels * 2
    const taken = available === this.#left ? available : available - (available % frameBytes)
    const whole = taken - (taken % frameBytes)
    if (whole > 0) this.#onSamples(this.#track, new Int16Array(bytes.slice(0, whole).buffer))
    this.#left -= taken
    return taken
  }

  #takeHeader(bytes: Uint8Array): number {
    if (bytes.length < 12) return 0
    const id = ascii(bytes, 0)
    const size = uint32(bytes, 4)
    if (id === 'RIFF') return 12
    if (id === 'LIST' && LISTS_ENTERED.has(ascii(bytes, 8))) return 12
    if (id === 'strf') return this.#takeFormat(bytes, size)
    this.#track = /^\d\dwb$/.test(id) ? Number(id.slice(0, 2)) : null
    if (this.#track !== null && this.tracks[this.#track] === undefined)
      throw new Error(`sound for track ${this.#track}, which the header does not name`)
    if (!/^[\w ]{4}$/.test(id)) throw new Error('not an AVI stream')
    this.#left = size + (size % 2)
    return 8
  }

  #takeFormat(bytes: Uint8Array, size: number): number {
    if (size > HEADER_BYTES_MAX || size < 16) throw new Error('not an AVI stream of sound')
    const end = 8 + size + (size % 2)
    if (bytes.length < end) return 0
    this.tracks.push({ channels: bytes[10]! | (bytes[11]! << 8), sampleRate: uint32(bytes, 12) })
    return end
  }
}

const ascii = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))
const uint32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
