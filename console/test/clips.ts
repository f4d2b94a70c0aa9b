import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { resolveTools } from '../../server/src/adapters/ffmpeg/tool-files.ts'

const run = promisify(execFile)
const LIMIT = { timeout: 90_000, maxBuffer: 64 * 2 ** 20 }

const tools = resolveTools({
  ffmpegPath: process.env['FFMPEG_PATH'] ?? null,
  searchPath: process.env['PATH'] ?? '',
  cacheDir: join(tmpdir(), 'capstan-tools'),
})

export async function ffmpeg(...args: readonly string[]): Promise<void> {
  await run((await tools).ffmpeg, ['-v', 'error', '-y', ...args], LIMIT)
}

/** What ffprobe says of a file, with its frames counted. */
export async function probe(path: string): Promise<{ streams: Record<string, unknown>[] }> {
  const { stdout } = await run((await tools).ffprobe, ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', path], LIMIT)
  return JSON.parse(stdout) as { streams: Record<string, unknown>[] }
}

/** A clip of 640x360 at 25p from 10:00:00:00 whose frames carry their number as squares at the top, the lowest bit first; a tone at the left, none at the right. */
export async function numberedClip(path: string, frames: number): Promise<void> {
  const squares = Array.from(
    { length: BITS },
    (_, bit) => `drawbox=x=${bit * 64}:y=0:w=64:h=64:t=fill:color=white:enable='gt(mod(floor(n/${2 ** bit}),2),0)'`,
  )
  const picture = `testsrc2=size=640x360:rate=25,drawbox=x=0:y=0:w=640:h=64:t=fill:color=black,${squares.join(',')}`
  const sound = "aevalsrc='0.3*sin(880*PI*t)|0:s=48000'"
  await ffmpeg(
    ...['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound, '-frames:v', String(frames), '-shortest', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-timecode', '10:00:00:00', path],
  )
}

/** Ten seconds of 1280x720 with surround and stereo sound, of which only the stereo's right is not silent, and words from the first to the last frame. */
export async function captionedClip(path: string, folder: string): Promise<void> {
  const words = join(folder, 'words.srt')
  await writeFile(words, '1\n00:00:00,000 --> 00:00:10,000\nGrüße vom Hafen\n')
  await ffmpeg(
    ...['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=25:duration=10', '-i', words],
    ...[
      '-f',
      'lavfi',
      '-i',
      "aevalsrc='0|0|0|0|0|0:c=5.1:s=48000:d=10'",
      '-f',
      'lavfi',
      '-i',
      "aevalsrc='0|0.5*sin(880*PI*t):s=48000:d=10'",
    ],
    ...['-map', '0:v', '-map', '2:a', '-map', '3:a', '-map', '1:s', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast'],
    ...['-c:a', 'pcm_s16le', '-c:s', 'mov_text', '-metadata:s:s:0', 'language=deu', path],
  )
}

export const BITS = 10
