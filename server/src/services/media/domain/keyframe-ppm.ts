import type { RgbFrame } from './keyframe-frame.ts'

const HEADER_BYTES_MAX = 32

/** Cuts a stream of binary PPM pictures (P6, 8 bit, as ffmpeg writes them) into frames; holds one frame at most. */
export class PpmReader {
  #onFrame: (frame: RgbFrame) => void
  #header = ''
  #frame: RgbFrame | null = null
  #filled = 0

  constructor(onFrame: (frame: RgbFrame) => void) {
    this.#onFrame = onFrame
  }

  /** Throws on anything that is not such a stream. */
  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#frame === null) {
        this.#readHeader(chunk[at++]!)
        continue
      }
      const take = Math.min(chunk.length - at, this.#frame.data.length - this.#filled)
      this.#frame.data.set(chunk.subarray(at, at + take), this.#filled)
      this.#filled += take
      at += take
      if (this.#filled < this.#frame.data.length) return
      const frame = this.#frame
      this.#frame = null
      this.#onFrame(frame)
    }
  }

  #readHeader(byte: number): void {
    this.#header += String.fromCharCode(byte)
    const match = /^P6\s(\d+)\s(\d+)\s255\s$/.exec(this.#header)
    if (match !== null) {
      const width = Number(match[1])
      const height = Number(match[2])
      this.#frame = { width, height, data: new Uint8Array(width * height * 3) }
      this.#filled = 0
      this.#header = ''
    }
    if (this.#header.length > HEADER_BYTES_MAX) throw new Error('not a stream of PPM pictures')
  }
}
