import { readFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { makeClip, testTools } from '../src/services/media/steps/pictures.fixture.ts'
import type { MediaTools } from '../src/services/media/ports/media-tools.ts'

/** A small film: `seconds` at 25 frames a second with a tone, its picture different for every `hue`. */
const videoArgs = (seconds: number, hue: number, size: string): string[] => [
  ...['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=25:duration=${seconds},hue=h=${hue}`],
  ...['-f', 'lavfi', '-i', `sine=frequency=${300 + hue}:sample_rate=48000:duration=${seconds}`],
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-timecode', '10:00:00:00', '-f', 'mp4'],
]

const audioArgs = (seconds: number, hertz: number): string[] => [
  '-f',
  'lavfi',
  '-i',
  `sine=frequency=${hertz}:sample_rate=48000:duration=${seconds}`,
  '-f',
  'wav',
]

/** A page of text as the smallest PDF that readers take. */
export function pdfOf(text: string): Buffer {
  const stream = `BT /F1 24 Tf 40 100 Td (${text}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let body = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = body.length
    body += `${index + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const start = body.length
  return Buffer.from(
    `${body}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`,
    'latin1',
  )
}

export const pictureOf = (width: number, height: number, hue: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: { r: hue % 256, g: 120, b: 60 } } })
    .jpeg()
    .toBuffer()

/** Makes small files of every kind with the platform's own tools. */
export class Clips {
  readonly #tools: MediaTools
  readonly #folder: string

  private constructor(tools: MediaTools, folder: string) {
    this.#tools = tools
    this.#folder = folder
  }

  static async open(folder: string): Promise<Clips> {
    mkdirSync(join(folder, 'made'), { recursive: true })
    return new Clips(await testTools(join(folder, 'tools')), join(folder, 'made'))
  }

  async video(name: string, seconds: number, hue = 0, size = '320x180'): Promise<string> {
    return makeClip(this.#tools, { folder: this.#folder, name, args: videoArgs(seconds, hue, size) })
  }

  async audio(name: string, seconds: number, hertz = 440): Promise<string> {
    return makeClip(this.#tools, { folder: this.#folder, name, args: audioArgs(seconds, hertz) })
  }

  async videoBytes(name: string, seconds: number, hue = 0): Promise<Buffer> {
    return readFileSync(await this.video(name, seconds, hue))
  }

  async make(name: string, args: readonly string[]): Promise<string> {
    return makeClip(this.#tools, { folder: this.#folder, name, args })
  }
}
