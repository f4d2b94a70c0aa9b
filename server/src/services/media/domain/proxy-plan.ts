import { fractionText } from '@capstan/contract/rational'
import type { Fraction, Technical, VideoStream } from '@capstan/contract/technical'
import { CapstanError } from '../../../lib/errors.ts'
import { audioGraph, dataSentences, planAudio } from './audio-map.ts'
import type { AudioMap } from './audio-map.ts'
import { planColour } from './colour-plan.ts'
import { hiddenLines } from './probe-streams.ts'
import { proxySize } from './proxy-size.ts'
import { mainVideo } from './technical.ts'
import { inputArgs } from './tool-input.ts'

export const PROXY_GOP_FRAMES = 12

/** `file` is the main one, `tracks` the stereo pairs beside it. `frameCount` is what must come out, null where only the decode can tell. */
export type ProxyPlan = {
  args: string[]
  file: 'proxy.mp4' | 'proxy.m4a'
  tracks: { file: string; label: string; language: string | null }[]
  frameCount: { frames: number; exact: boolean } | null
  variableRate: boolean
  facts: Record<string, unknown>
  warnings: string[]
}

/** What it must know of the ffmpeg at hand. */
type Features = { filters: ReadonlySet<string>; version: string }

/** The one ffmpeg command of a review proxy. Throws `unsupported` for Dolby Vision profile 5, `invalid` where there is nothing to play. Pure. */
export function planProxy(technical: Technical, capabilities: Features): ProxyPlan {
  const video = mainVideo(technical)
  const audio = planAudio(technical.audio)
  if (technical.format.demuxer === null || (!video && !audio))
    throw new CapstanError('invalid', 'there is neither picture nor sound to make a proxy of')
  if (video?.dolbyVisionProfile === 5)
    throw new CapstanError('unsupported', 'Dolby Vision profile 5 has no picture for standard screens: a proxy would show wrong colours')
  const picture = video ? planPicture(video, technical, capabilities) : null
  const file = video ? 'proxy.mp4' : 'proxy.m4a'
  const tracks = (audio?.tracks ?? []).map(({ number, label, language }) => ({ file: `audio-${number}.m4a`, label, language }))
  return {
    args: [
      ...inputArgs(0, technical.format.demuxer),
      ...(audio
        ? ['-filter_complex', graphOf(audio, shiftOf(technical, video), video !== null && lacksEditList(video, capabilities.version))]
        : []),
      ...(picture ? ['-map', `0:${video?.index}`, ...picture.args] : []),
      ...(audio ? ['-map', '[monitor]', ...AUDIO_ARGS, ...languageArgs(technical.audio[0]?.language ?? null)] : []),
      ...OUTPUT_ARGS,
      file,
      ...tracks.flatMap(({ file: name, language }, index) => [
        '-map',
        `[track${index + 1}]`,
        ...AUDIO_ARGS,
        ...languageArgs(language),
        ...OUTPUT_ARGS,
        name,
      ]),
    ],
    file,
    tracks,
    frameCount: video ? expectedFrames(video) : null,
    variableRate: video?.variableRate ?? false,
    facts: { ...picture?.facts, audio: audio ? { monitor: audio.monitorLabel, tracks } : null },
    warnings: [...(picture?.warnings ?? []), ...dataSentences(technical.audio)],
  }
}

const AUDIO_ARGS = ['-c:a', 'aac', '-b:a', '128k', '-ar', '48000', '-ac', '2']
/** Nothing of the source's tags, chapters or positions goes into what others may download. */
const OUTPUT_ARGS = [
  '-map_metadata',
  '-1',
  '-map_chapters',
  '-1',
  '-sn',
  '-dn',
  '-max_muxing_queue_size',
  '4096',
  '-movflags',
  '+faststart',
  '-f',
  'mp4',
]

const languageArgs = (language: string | null): string[] => (language ? ['-metadata:s:a:0', `language=${language}`] : [])

/** Samples by which ffmpeg's AAC encoder is late; an edit list hides them. */
const PRIMING_SAMPLES = 1_024

/** Without an edit list the first samples make room for the priming of the monitor mix, so that all others stay where they are. */
function graphOf(audio: AudioMap, shiftUs: number, hasNoEditList: boolean): string {
  const graph = audioGraph(
    [audio.monitor, ...audio.tracks.map((track) => track.source)],
    ['monitor', ...audio.tracks.map((_, index) => `track${index + 1}`)],
    shiftUs,
  )
  return hasNoEditList ? graph.replace('[monitor]', `,atrim=start_sample=${PRIMING_SAMPLES}[monitor]`) : graph
}

/** ffmpeg starts its clock at the earliest stream; the proxy's starts at the first picture. */
const shiftOf = (technical: Technical, video: VideoStream | null): number => (video ? video.startUs - technical.format.startUs : 0)

function expectedFrames(video: VideoStream): ProxyPlan['frameCount'] {
  if (video.frameCount === null) return null
  return { frames: video.frameCount + video.missingFrames, exact: video.frameCountSource === 'counted' }
}

function planPicture(video: VideoStream, technical: Technical, capabilities: Features) {
  const size = proxySize(video)
  const colour = planColour(video, size, capabilities.filters)
  const deinterlace = video.scan === 'interlaced-tff' || video.scan === 'interlaced-bff' ? video.scan : null
  const clock = clockOf(video, capabilities.version)
  const hidden = hiddenLines(video)
  const filters = [
    ...(hidden > 0 ? [`crop=iw:ih-${hidden}:0:${hidden}`] : []),
    ...(deinterlace ? [`bwdif=mode=send_frame:parity=${deinterlace.slice(-3)}:deint=all`] : []),
    ...colour.filters,
    'setsar=1',
    ...clock.filters,
  ]
  const timecode = technical.format.startTimecode
  return {
    args: ['-vf', filters.join(','), ...clock.args, ...ENCODER_ARGS, ...(timecode ? ['-timecode', timecode.label] : [])],
    facts: {
      ...size,
      rate: video.rate,
      variableRate: video.variableRate,
      startTimecode: timecode,
      deinterlaced: deinterlace !== null,
      toneMapped: colour.toneMapped,
      assumedColour: colour.assumed,
    },
    warnings: [...colour.warnings, ...(video.missingFrames > 0 ? [missingSentence(video.missingFrames)] : [])],
  }
}

const missingSentence = (frames: number) =>
  `the source lacks ${frames} frame${frames === 1 ? '' : 's'}: the proxy repeats the one before, so that time stays right`

/** A key frame every 12 without B-frames: a step back decodes 12 frames at most, and decoding order is display order. */
const ENCODER_ARGS = [
  ...[
    '-c:v',
    'libx264',
    '-preset',
    'veryfast',
    '-crf',
    '23',
    '-maxrate',
    '3M',
    '-bufsize',
    '6M',
    '-profile:v',
    'high',
    '-pix_fmt',
    'yuv420p',
  ],
  ...['-g', String(PROXY_GOP_FRAMES), '-keyint_min', String(PROXY_GOP_FRAMES), '-bf', '0', '-sc_threshold', '0', '-flags', '+cgop'],
  ...['-color_range', 'tv', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'],
]

const keepsTimeStamps = ({ variableRate, rate }: VideoStream): boolean => variableRate || rate === null

/** Before 4.0 a last frame of unknown length fell out of the edit list. */
const lacksEditList = (video: VideoStream, version: string): boolean => keepsTimeStamps(video) && majorOf(version) < 4

/** A constant rate is laid on its exact grid; a variable one keeps its time stamps on the source's own clock. Both start at 0. */
function clockOf(video: VideoStream, version: string): { filters: string[]; args: string[] } {
  const sync = majorOf(version) >= 6 ? '-fps_mode' : '-vsync'
  const { rate, timeBase } = video
  if (rate === null || keepsTimeStamps(video)) {
    const base = encoderTimeBase(timeBase)
    return {
      filters: [`settb=${fractionText(base)}`, 'setpts=PTS-STARTPTS'],
      args: [
        ...[sync, 'passthrough', '-enc_time_base', fractionText(base), '-video_track_timescale', String(base.den)],
        ...(lacksEditList(video, version) ? ['-use_editlist', '0'] : []),
      ],
    }
  }
  return { filters: ['setpts=PTS-STARTPTS', `settb=${rate.den}/${rate.num}`], args: [sync, 'cfr', '-r', fractionText(rate)] }
}

/** `5.1.9`, `n7.0`, or a snapshot `N-47683-g0e8eb07980`, of which 100,000 is of late 2020 and 107,000 of mid 2022. */
export function majorOf(version: string): number {
  const snapshot = Number(/^N-(\d+)/.exec(version)?.[1] ?? Number.NaN)
  if (!Number.isNaN(snapshot)) return snapshot >= 107_000 ? 6 : snapshot >= 100_000 ? 4 : 3
  return Number(/^n?(\d+)/.exec(version)?.[1] ?? 4)
}

/** MP4 wants whole ticks a second, and no more than 2^31 of them. */
const encoderTimeBase = (timeBase: Fraction): Fraction =>
  timeBase.num === 1 && timeBase.den <= 1_000_000 ? timeBase : { num: 1, den: 90_000 }
