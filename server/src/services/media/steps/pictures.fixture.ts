import { mkdtemp, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { AudioStream, Technical, VideoStream } from '@capstan/contract/technical'
import { openMediaTools } from '../../../adapters/ffmpeg/media-tools.ts'
import { inputArgs, type MediaTools } from '../ports/media-tools.ts'
import type { StepInput } from './step.ts'

/** A folder of the test's own; who asks for it removes it. */
export const testFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'capstan-steps-'))

export const testTools = (workDir: string): Promise<MediaTools> =>
  openMediaTools({ ffmpegPath: process.env['FFMPEG_PATH'] ?? null, searchPath: process.env['PATH'] ?? '', workDir })

/** Makes a clip `name` in `folder` and answers its path. */
export async function makeClip(
  tools: MediaTools,
  { folder, name, args }: { folder: string; name: string; args: readonly string[] },
): Promise<string> {
  await tools.run({
    tool: 'ffmpeg',
    args: [...args, name],
    inputs: [],
    outputDir: folder,
    signal: AbortSignal.timeout(60_000),
    timeoutMs: 60_000,
  })
  return join(folder, name)
}

export async function stepInput(path: string, outDir: string, technical: Technical | null): Promise<StepInput> {
  const { size } = await stat(path)
  return {
    source: { path, name: basename(path), sizeBytes: size },
    technical,
    outDir,
    signal: AbortSignal.timeout(60_000),
    progress: () => {},
    log: () => {},
  }
}

type Probed = { format: { duration?: string }; streams: Record<string, unknown>[] }

/** As much of the technical facts as these steps read, straight from ffprobe. */
export async function quickTechnical(tools: MediaTools, path: string, demuxer: string): Promise<Technical> {
  const args = ['-show_format', '-show_streams', '-of', 'json', ...inputArgs(0, demuxer)]
  const { stdout } = await tools.run({
    tool: 'ffprobe',
    args,
    inputs: [path],
    outputDir: null,
    signal: AbortSignal.timeout(30_000),
    timeoutMs: 30_000,
  })
  const { format, streams } = JSON.parse(stdout.toString('utf8')) as Probed
  const ofType = (type: string) => streams.filter((stream) => stream['codec_type'] === type)
  return {
    format: { demuxer, durationUs: microseconds(format.duration) },
    video: ofType('video').map(videoStream),
    audio: ofType('audio').map(audioStream),
  } as Technical
}

const microseconds = (seconds: unknown): number | null => (typeof seconds === 'string' ? Math.round(Number(seconds) * 1e6) : null)

function videoStream(stream: Record<string, unknown>): VideoStream {
  const [num = 0, den = 0] = String(stream['avg_frame_rate']).split('/').map(Number)
  const tag = (name: string) => (typeof stream[name] === 'string' ? stream[name] : null)
  const { attached_pic: attached } = stream['disposition'] as { attached_pic?: number }
  return {
    index: stream['index'],
    width: stream['width'],
    height: stream['height'],
    pixelFormat: tag('pix_fmt'),
    rate: den === 0 ? null : { num, den },
    variableRate: den === 0,
    durationUs: microseconds(stream['duration']),
    scan: /^(tt|bb|tb|bt)$/.test(tag('field_order') ?? '') ? 'interlaced-tff' : 'progressive',
    colour: {
      primaries: tag('color_primaries'),
      transfer: tag('color_transfer'),
      matrix: tag('color_space'),
      range: tag('color_range') === 'pc' ? 'full' : 'limited',
    },
    attachedPicture: attached === 1,
  } as VideoStream
}

const audioStream = (stream: Record<string, unknown>): AudioStream =>
  ({
    index: stream['index'],
    channels: stream['channels'],
    sampleRate: Number(stream['sample_rate']),
    durationUs: microseconds(stream['duration']),
  }) as AudioStream
