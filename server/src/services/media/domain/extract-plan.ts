import { fractionText } from '@capstan/contract/rational'
import { labelAt } from '@capstan/contract/timecode'
import type { Fraction, Technical, VideoStream } from '@capstan/contract/technical'
import { CapstanError } from '../../../lib/errors.ts'
import { stillFilter } from './keyframe-filters.ts'
import { pictureSource } from './keyframe-source.ts'
import { mainVideo } from './technical.ts'
import { inputArgs } from './tool-input.ts'

/** What of a source is taken out: the arguments of one ffmpeg run, the file that it makes and its type. */
export type ExtractPlan = { args: string[]; file: string; mediaType: string }

export type Marks = { inIndex: number; outIndex: number; rate: Fraction }

/** ffmpeg keeps frames from this time on: half a frame before the one that is wanted, so that rounding never takes its neighbour. */
const seekSeconds = (index: number, rate: Fraction, offsetUs: number): number =>
  Math.max(0, ((index - 0.5) * rate.den) / rate.num + offsetUs / 1e6)

const demuxerOf = ({ format }: Technical): string => {
  if (format.demuxer !== null) return format.demuxer
  throw new CapstanError('unsupported', 'there are no frames in this file')
}

/** The picture's start on ffmpeg's clock, which begins with the earliest stream. */
const pictureOffsetUs = (technical: Technical, video: VideoStream): number => video.startUs - technical.format.startUs

/** One frame in full size, upright, square pixels, as PNG. Throws `unsupported` where frames have no numbers. */
export function planStill(technical: Technical, frame: number, filters: ReadonlySet<string>): ExtractPlan {
  const video = mainVideo(technical)
  if (!video?.rate) throw new CapstanError('unsupported', 'this asset has no numbered frames')
  if (video.frameCount !== null && frame >= video.frameCount) throw new CapstanError('invalid', `the last frame is ${video.frameCount - 1}`)
  const from = frame === 0 ? [] : ['-ss', seekSeconds(frame, video.rate, pictureOffsetUs(technical, video)).toFixed(6)]
  const picture = [
    '-map',
    `0:${video.index}`,
    '-vf',
    stillFilter(pictureSource(video), (name) => filters.has(name)),
    '-frames:v',
    '1',
    '-an',
    '-sn',
    '-dn',
  ]
  return {
    args: [...from, ...inputArgs(0, demuxerOf(technical)), ...picture, '-f', 'image2', '-c:v', 'png', 'still.png'],
    file: 'still.png',
    mediaType: 'image/png',
  }
}

const PICTURE_ARGS = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '16', '-pix_fmt', 'yuv420p', '-movflags', '+faststart']

/** From mark in to mark out (exclusive), frame exact, all sound: H.264 and AAC in MP4, or PCM in WAV where there is no picture. */
export function planSubClip(technical: Technical, { inIndex, outIndex, rate }: Marks): ExtractPlan {
  const video = mainVideo(technical)
  const demuxer = demuxerOf(technical)
  const seconds = ((outIndex - inIndex) * rate.den) / rate.num
  if (!video) {
    const start = (inIndex * rate.den) / rate.num
    return {
      args: [
        '-ss',
        start.toFixed(6),
        ...inputArgs(0, demuxer),
        '-map',
        '0:a:0',
        '-t',
        seconds.toFixed(6),
        '-c:a',
        'pcm_s24le',
        '-f',
        'wav',
        'clip.wav',
      ],
      file: 'clip.wav',
      mediaType: 'audio/wav',
    }
  }
  const timecode = technical.format.startTimecode
  const label = timecode && labelAt(inIndex, timecode.label, timecode)
  const from = inIndex === 0 ? [] : ['-ss', seekSeconds(inIndex, rate, pictureOffsetUs(technical, video)).toFixed(6)]
  const hasSound = technical.audio.length > 0
  const args = [
    ...from,
    ...inputArgs(0, demuxer),
    ...['-map', `0:${video.index}`, ...(hasSound ? ['-map', '0:a'] : []), '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-frames:v', String(outIndex - inIndex), '-t', (seconds + rate.den / rate.num).toFixed(6)],
    ...PICTURE_ARGS,
    ...(video.variableRate ? [] : ['-r', fractionText(rate)]),
    ...(hasSound ? ['-c:a', 'aac', '-b:a', '256k'] : []),
    ...(label ? ['-timecode', label] : []),
    ...['-f', 'mp4', 'clip.mp4'],
  ]
  return { args, file: 'clip.mp4', mediaType: 'video/mp4' }
}
