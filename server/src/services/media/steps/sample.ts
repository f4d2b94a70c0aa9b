import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SAMPLE, sampleGraph } from '../domain/sample-scene.ts'
import { inputRef, type MediaTools } from '../ports/media-tools.ts'

const FONT = fileURLToPath(new URL('../../../../assets/DejaVuSansMono-latin.ttf', import.meta.url))
const SAMPLE_LIMIT_MS = 120_000
const COLOUR = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv']

/**
 * Makes the film that a first start ingests, and answers its path in `outDir`: 20 s at 25 frames a second, 1280 x 720, H.264 and stereo AAC,
 * start timecode 10:00:00:00.
 */
export async function makeSample(tools: MediaTools, outDir: string, signal: AbortSignal): Promise<string> {
  await tools.run({
    tool: 'ffmpeg',
    args: [
      ...['-filter_complex', sampleGraph(inputRef(0)), '-map', '[video]', '-map', '[audio]', '-t', String(SAMPLE.durationS)],
      ...['-c:v', 'libx264', '-preset', 'superfast', '-crf', '21', '-g', '50', '-pix_fmt', 'yuv420p', ...COLOUR],
      ...['-c:a', 'aac', '-b:a', '160k', '-ac', '2', '-timecode', SAMPLE.startTimecode, '-metadata', 'title=Capstan sample'],
      ...['-movflags', '+faststart', '-f', 'mp4', SAMPLE.name],
    ],
    inputs: [FONT],
    outputDir: outDir,
    signal,
    timeoutMs: SAMPLE_LIMIT_MS,
  })
  return join(outDir, SAMPLE.name)
}
