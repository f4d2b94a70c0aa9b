import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Technical, VideoStream } from '@capstan/contract/technical'
import sharp from 'sharp'
import { CapstanError } from '../../../lib/errors.ts'
import { POSTER_WIDTHS, sizesWithin } from '../domain/image-sizes.ts'
import { stillFilter } from '../domain/keyframe-filters.ts'
import { PpmReader } from '../domain/keyframe-ppm.ts'
import type { RgbFrame } from '../domain/keyframe-frame.ts'
import { pictureSource } from '../domain/keyframe-source.ts'
import { inputArgs, type MediaTools } from '../ports/media-tools.ts'
import type { MadeRendition, StepInput } from './step.ts'

const STILL_LIMIT_MS = 120_000
const JPEG = { quality: 84, mozjpeg: true } as const

export type PosterWish = {
  input: StepInput
  technical: Technical
  video: VideoStream
  /** On ffmpeg's clock, where the file begins at 0. */
  atUs: number
  frame: { frame: number | null; timeUs: number }
}

/** The chosen frame from the source in full, as JPEG in up to three widths. */
export async function makePoster(tools: MediaTools, wish: PosterWish): Promise<MadeRendition> {
  const { input, video } = wish
  const still = await stillAt(tools, wish)
  const folder = join(input.outDir, 'poster')
  await mkdir(folder, { recursive: true })
  const sizes = sizesWithin(still, POSTER_WIDTHS, 'width')
  const files = []
  for (const { name, width, height } of sizes) {
    const path = `${name}.jpg`
    const raw = { width: still.width, height: still.height, channels: 3 } as const
    await sharp(still.data, { raw, limitInputPixels: false }).resize({ width, height, fit: 'fill' }).jpeg(JPEG).toFile(join(folder, path))
    files.push({ path, mediaType: 'image/jpeg' })
  }
  return {
    kind: 'poster',
    name: 'poster',
    files,
    mainFile: files.at(-1)!.path,
    facts: {
      ...wish.frame,
      rate: video.variableRate ? null : video.rate,
      sizes: sizes.map((size) => ({ ...size, file: `${size.name}.jpg` })),
    },
    settings: { atUs: wish.atUs, quality: JPEG.quality, ffmpeg: tools.capabilities.version },
  }
}

/** One whole frame, by a seek; where the file cannot seek, by reading up to it. */
async function stillAt(tools: MediaTools, wish: PosterWish): Promise<RgbFrame> {
  const still = (await decodeStill(tools, wish, 'seek').catch(ignoreInvalid)) ?? (await decodeStill(tools, wish, 'read'))
  if (still === null) throw new CapstanError('invalid', 'the frame for the poster could not be decoded')
  return still
}

function ignoreInvalid(thrown: unknown): null {
  if (thrown instanceof CapstanError && thrown.code === 'invalid') return null
  throw thrown
}

async function decodeStill(
  tools: MediaTools,
  { input, technical, video, atUs }: PosterWish,
  how: 'seek' | 'read',
): Promise<RgbFrame | null> {
  // A millisecond early: a time stamp that was rounded up would name the next frame.
  const seconds = Math.max(0, atUs / 1e6 - 0.001).toFixed(6)
  const filter = stillFilter(pictureSource(video), (name) => tools.capabilities.filters.has(name))
  let still: RgbFrame | null = null
  const reader = new PpmReader((frame) => (still ??= frame))
  await tools.run({
    tool: 'ffmpeg',
    args: [
      ...(how === 'seek' && atUs > 0 ? ['-ss', seconds] : []),
      ...inputArgs(0, technical.format.demuxer!),
      ...['-map', `0:${video.index}`, '-an', '-sn', '-dn', '-vf', how === 'seek' ? filter : `select=gte(t\\,${seconds}),${filter}`],
      ...['-frames:v', '1', '-vsync', '0', '-f', 'image2pipe', '-c:v', 'ppm', 'pipe:1'],
    ],
    inputs: [input.source.path],
    outputDir: null,
    signal: input.signal,
    timeoutMs: how === 'seek' ? STILL_LIMIT_MS : STILL_LIMIT_MS * 10,
    onStdout: (chunk) => reader.push(chunk),
  })
  return still
}
