import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { inputArgs, inputRef } from '../ports/media-tools.ts'
import type { MediaTools } from '../ports/media-tools.ts'

const [WIDTH, HEIGHT, BITS] = [320, 192, 10]
const CELL = WIDTH / BITS

/**
 * A clip of which every frame carries its own number as black and white squares (top: the bits, below: their complement), and a bar that moves
 * from field to field when `interlaced`, so that combing can be measured. `encode` follows the raw input.
 */
export async function numberedClip(
  tools: MediaTools,
  clip: { folder: string; name: string; frames: number; rate: string; interlaced?: boolean; encode: readonly string[]; sound?: boolean },
): Promise<string> {
  const raw = join(clip.folder, `${clip.name}.raw`)
  await pipeline(framesOf(clip.frames, clip.interlaced ?? false), createWriteStream(raw))
  const seconds = clip.frames / rateNumber(clip.rate)
  const sound = clip.sound ? ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`] : []
  await tools.run({
    tool: 'ffmpeg',
    args: [
      ...['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${WIDTH}x${HEIGHT}`, '-r', clip.rate, '-i', inputRef(0)],
      ...sound,
      ...clip.encode,
      clip.name,
    ],
    inputs: [raw],
    outputDir: clip.folder,
    signal: AbortSignal.timeout(60_000),
    timeoutMs: 60_000,
  })
  return join(clip.folder, clip.name)
}

const rateNumber = (rate: string): number => {
  const [num, den] = rate.split('/').map(Number)
  return (num ?? 25) / (den ?? 1)
}

function* framesOf(count: number, interlaced: boolean): Generator<Buffer> {
  for (let number = 0; number < count; number++) yield frameOf(number, interlaced)
}

function frameOf(number: number, interlaced: boolean): Buffer {
  const frame = Buffer.alloc(WIDTH * HEIGHT, 128)
  for (let y = 0; y < 128; y++) {
    for (let bit = 0; bit < BITS; bit++) {
      const isSet = ((number >> bit) & 1) === 1
      frame.fill(isSet === y < 64 ? 235 : 16, y * WIDTH + bit * CELL, y * WIDTH + (bit + 1) * CELL)
    }
  }
  for (let y = 128; y < HEIGHT; y++) {
    const field = interlaced ? number * 2 + (y & 1) : number * 2
    const x = (field * 12) % (WIDTH - 40)
    frame.fill(235, y * WIDTH + x, y * WIDTH + x + 40)
  }
  return frame
}

/** The number on every frame of a picture, in order; throws where a square is neither black nor white. */
export async function numbersOf(tools: MediaTools, path: string, demuxer = 'mov'): Promise<number[]> {
  const bytes = WIDTH * HEIGHT
  const chunks: Buffer[] = []
  await tools.run({
    tool: 'ffmpeg',
    args: [
      ...inputArgs(0, demuxer),
      '-map',
      '0:v:0',
      '-vf',
      `scale=${WIDTH}:${HEIGHT},format=gray`,
      '-vsync',
      'passthrough',
      '-f',
      'rawvideo',
      'pipe:1',
    ],
    inputs: [path],
    outputDir: null,
    signal: AbortSignal.timeout(60_000),
    timeoutMs: 60_000,
    onStdout: (chunk) => chunks.push(chunk),
  })
  const all = Buffer.concat(chunks)
  return Array.from({ length: all.length / bytes }, (_, index) => numberOf(all.subarray(index * bytes, (index + 1) * bytes)))
}

function numberOf(frame: Buffer): number {
  let number = 0
  for (let bit = 0; bit < BITS; bit++) {
    const at = (y: number) => frame[y * WIDTH + bit * CELL + CELL / 2] as number
    const [above, below] = [at(32), at(96)]
    if (Math.abs(above - below) < 80) throw new Error(`a square shows ${above} over ${below}: two frames in one`)
    if (above > below) number |= 1 << bit
  }
  return number
}
