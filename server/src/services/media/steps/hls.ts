import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseFraction } from '@capstan/contract/rational'
import { CapstanError } from '../../../lib/errors.ts'
import { planAudio } from '../domain/audio-map.ts'
import { captionPlaylist, masterPlaylist, segmentSeconds } from '../domain/hls-playlist.ts'
import type { HlsAudio, HlsCaptions, HlsVideo } from '../domain/hls-playlist.ts'
import { ProbeReport } from '../domain/probe-report.ts'
import { mainVideo } from '../domain/technical.ts'
import { inputArgs } from '../ports/media-tools.ts'
import type { MediaTools } from '../ports/media-tools.ts'
import { readMadeText, sizeOfMade, writeBesideMade } from './made-files.ts'
import type { StepInput, StepResult } from './step.ts'

const SEGMENT_SECONDS = 4
const HLS_TIMEOUT_MS = 30 * 60_000

/** Captions that were made of the same source; `path` is their WebVTT file. */
export type CaptionTrack = { path: string; name: string; language: string | null; forced: boolean }

/**
 * The proxy repackaged as CMAF, nothing encoded again: rendition `hls` with hls/master.m3u8, one playlist for the picture, one a sound, one a
 * track of captions.
 * `source.path` is the proxy's main file with its `audio-<n>.m4a` beside it; `technical` is the original's.
 */
export const hls =
  (tools: MediaTools, captions: readonly CaptionTrack[] = []) =>
  async (input: StepInput): Promise<StepResult> => {
    const folder = join(input.outDir, 'hls', 'hls')
    await mkdir(folder, { recursive: true })
    const sounds = await soundsOf(input)
    const report = await header(tools, input)
    const picture = report.streams.find((stream) => stream.codec_type === 'video')
    const hasSound = report.streams.some((stream) => stream.codec_type === 'audio')
    if (!picture && !hasSound) throw new CapstanError('invalid', 'the proxy holds neither picture nor sound')
    const outputs = [
      ...(picture ? packaging('0:v:0', 'video') : []),
      ...(hasSound ? packaging('0:a:0', 'audio-0') : []),
      ...sounds.flatMap((_, index) => packaging(`${index + 1}:a:0`, `audio-${index + 1}`)),
    ]
    const inputs = [input.source.path, ...sounds.map((sound) => sound.path)]
    const args = [...inputs.flatMap((_, index) => inputArgs(index, 'mov')), ...outputs]
    await tools.run({ tool: 'ffmpeg', args, inputs, outputDir: folder, signal: input.signal, timeoutMs: HLS_TIMEOUT_MS })
    const video: HlsVideo | null = picture
      ? {
          playlist: 'video.m3u8',
          width: picture.width ?? 0,
          height: picture.height ?? 0,
          rate: (input.technical && mainVideo(input.technical)?.rate) ?? parseFraction(picture.avg_frame_rate),
          level: picture.level ?? 30,
          profile: picture.profile ?? 'High',
        }
      : null
    const audio: HlsAudio[] = [
      ...(hasSound ? [{ playlist: 'audio-0.m3u8', name: 'Monitor mix', language: sounds[0]?.language ?? null }] : []),
      ...sounds.map(({ name, language }, index) => ({ playlist: `audio-${index + 1}.m3u8`, name, language })),
    ]
    const texts = video ? await writeCaptions(folder, captions) : []
    const master = masterPlaylist(video, audio, texts, await peakRate(folder, { hasVideo: video !== null, hasAudio: audio.length > 0 }))
    await writeBesideMade(folder, 'master.m3u8', master)
    input.progress(1)
    return { renditions: [await renditionOf(tools, folder, args)], warnings: [] }
  }

const header = async (tools: MediaTools, input: StepInput) => {
  const { stdout } = await tools.run({
    tool: 'ffprobe',
    args: ['-show_streams', '-of', 'json', ...inputArgs(0, 'mov')],
    inputs: [input.source.path],
    outputDir: null,
    signal: input.signal,
    timeoutMs: 60_000,
  })
  return ProbeReport.parse(JSON.parse(stdout.toString('utf8')))
}

/** The stereo pairs that stand beside the proxy. */
async function soundsOf({ source, technical }: StepInput): Promise<{ path: string; name: string; language: string | null }[]> {
  const folder = dirname(source.path)
  const names = new Set(await readdir(folder))
  const tracks = technical ? (planAudio(technical.audio)?.tracks ?? []) : []
  return tracks
    .filter(({ number }) => names.has(`audio-${number}.m4a`))
    .map(({ number, label, language }) => ({ path: join(folder, `audio-${number}.m4a`), name: label, language }))
}

/**
 * Segments know no edit list, so the packet that only primes the AAC decoder (1,024 samples before 0) is left out: with it all sound would be
 * 21 ms late. Without it the first 21 ms fade in.
 */
const packaging = (stream: string, name: string): string[] => [
  ...[
    '-map',
    stream,
    '-c',
    'copy',
    '-copypriorss',
    '0',
    '-map_metadata',
    '-1',
    '-f',
    'hls',
    '-hls_time',
    String(SEGMENT_SECONDS),
    '-hls_playlist_type',
    'vod',
  ],
  ...['-hls_segment_type', 'fmp4', '-hls_flags', 'independent_segments', '-hls_list_size', '0'],
  ...['-hls_fmp4_init_filename', `${name}-init.mp4`, '-hls_segment_filename', `${name}-%05d.m4s`, `${name}.m3u8`],
]

/** Each file whole, as one segment as long as the picture; its times are those of the segments, which begin at 0 (RFC 8216, 3.5). */
async function writeCaptions(folder: string, captions: readonly CaptionTrack[]): Promise<HlsCaptions[]> {
  const seconds = segmentSeconds(await readMadeText(folder, 'video.m3u8')).reduce((sum, length) => sum + length, 0)
  return Promise.all(
    captions.map(async ({ path, name, language, forced }, index) => {
      const file = `captions-${index}.webvtt`
      const text = await readFile(path, 'utf8')
      await writeBesideMade(folder, file, text.replace(/^WEBVTT\n/, 'WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n'))
      await writeBesideMade(folder, `captions-${index}.m3u8`, captionPlaylist(file, seconds))
      return { playlist: `captions-${index}.m3u8`, name, language, forced }
    }),
  )
}

/** Bits a second of the heaviest segment of the picture, with the sound's on top. */
async function peakRate(folder: string, { hasVideo, hasAudio }: { hasVideo: boolean; hasAudio: boolean }): Promise<number> {
  const soundRate = hasAudio ? 140_000 : 0
  if (!hasVideo) return soundRate
  const playlist = await readMadeText(folder, 'video.m3u8')
  const seconds = segmentSeconds(playlist)
  const names = [...playlist.matchAll(/^video-\d+\.m4s$/gm)].map((match) => match[0])
  const sizes = await Promise.all(names.map((name) => sizeOfMade(folder, name)))
  return soundRate + Math.ceil(Math.max(0, ...sizes.map((size, index) => (size * 8) / Math.max(seconds[index] ?? 1, 0.1))))
}

const MEDIA_TYPES: Record<string, string> = {
  m3u8: 'application/vnd.apple.mpegurl',
  mp4: 'video/mp4',
  m4s: 'video/iso.segment',
  webvtt: 'text/vtt; charset=utf-8',
}

async function renditionOf(tools: MediaTools, folder: string, args: string[]) {
  const names = (await readdir(folder)).sort()
  const files = names.map((name) => ({
    path: `hls/${name}`,
    mediaType: MEDIA_TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
  }))
  return {
    kind: 'hls' as const,
    name: 'hls',
    files,
    mainFile: 'hls/master.m3u8',
    facts: { segmentSeconds: SEGMENT_SECONDS, segments: names.filter((name) => name.endsWith('.m4s')).length },
    settings: { command: ['ffmpeg', ...args], ffmpeg: tools.capabilities.version },
  }
}
