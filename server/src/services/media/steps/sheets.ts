import { join } from 'node:path'
import sharp from 'sharp'
import type { RgbFrame } from '../domain/keyframe-frame.ts'
import { lookAt, type FrameLook } from '../domain/keyframe-look.ts'
import { PpmReader } from '../domain/keyframe-ppm.ts'
import { placeTile, sheetName, sheetSize, TILES_PER_SHEET, type TileSize } from '../domain/sheet-layout.ts'

/** More pictures than a film can have at the interval asked for; a stream that lies about its length is cut here. */
const TILES_MAX = 6000
const JPEG = { quality: 72, mozjpeg: true } as const

/** Fills contact sheets from a stream of PPM pictures, looking at each; one sheet is in memory at a time, another one or two are being written. */
export class SheetWriter {
  #folder: string
  #reader = new PpmReader((frame) => this.#place(frame))
  #looks: FrameLook[] = []
  #names: string[] = []
  #tile: TileSize | null = null
  #sheet: Uint8Array = new Uint8Array(0)
  #writing: Promise<unknown> = Promise.resolve()

  constructor(folder: string) {
    this.#folder = folder
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk)
  }

  /** Resolves when every sheet is written; rejects with the first fault of writing. */
  async finish(): Promise<{ looks: FrameLook[]; tile: TileSize | null; names: string[] }> {
    this.#flush()
    await this.#writing
    return { looks: this.#looks, tile: this.#tile, names: this.#names }
  }

  #place(frame: RgbFrame): void {
    if (this.#looks.length >= TILES_MAX) return
    this.#tile ??= { width: frame.width, height: frame.height }
    const rowBytes = this.#tile.width * Math.min(10, TILES_PER_SHEET) * 3
    const tile = this.#looks.length
    if (tile % TILES_PER_SHEET === 0) {
      this.#flush()
      this.#sheet = new Uint8Array(rowBytes * this.#tile.height * 10)
    }
    this.#looks.push(lookAt(frame))
    const place = placeTile(tile, this.#tile)
    // A film that changes its shape on the way keeps the first shape's tiles; what is larger is cut, what is smaller leaves black.
    const bytes = Math.min(frame.width, place.width) * 3
    for (let y = 0; y < Math.min(frame.height, place.height); y++) {
      const from = y * frame.width * 3
      this.#sheet.set(frame.data.subarray(from, from + bytes), (place.y + y) * rowBytes + place.x * 3)
    }
  }

  #flush(): void {
    const tile = this.#tile
    const count = this.#looks.length - this.#names.length * TILES_PER_SHEET
    if (tile === null || count <= 0) return
    const name = sheetName(this.#names.length)
    this.#names.push(name)
    const pixels = this.#sheet
    const size = sheetSize(count, tile)
    const writing = this.#writing.then(() =>
      sharp(pixels, { raw: { width: tile.width * 10, height: tile.height * 10, channels: 3 } })
        .extract({ left: 0, top: 0, ...size })
        .jpeg(JPEG)
        .toFile(join(this.#folder, name)),
    )
    // The fault is reported by finish(); nobody listens before.
    writing.catch(() => {})
    this.#writing = writing
  }
}
