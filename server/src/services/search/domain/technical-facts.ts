import type { AudioStream, Fraction, Technical, VideoStream } from '@capstan/contract/technical'
import type { NumberFieldName } from './fields.ts'

/** What the index takes from the technical facts of an asset. */
export type TechnicalFacts = {
  readonly codecs: readonly string[]
  readonly containers: readonly string[]
  readonly languages: readonly string[]
  readonly hdr: readonly string[]
  readonly scan: readonly string[]
  readonly resolution: readonly string[]
  readonly numbers: Readonly<Partial<Record<NumberFieldName, number>>>
  readonly words: readonly string[]
}

const NONE: TechnicalFacts = { codecs: [], containers: [], languages: [], hdr: [], scan: [], resolution: [], numbers: {}, words: [] }

export function technicalFacts(technical: Technical | null): TechnicalFacts {
  if (technical === null) return NONE
  const { format, audio, text, image } = technical
  const video = technical.video.filter((stream) => !stream.attachedPicture)
  const picture = video[0] ?? null
  const streams = [...video, ...audio, ...text]
  const width = picture?.displayWidth ?? image?.width ?? null
  const height = picture?.displayHeight ?? image?.height ?? null
  return {
    codecs: distinct(streams.map((stream) => stream.codec)),
    containers: [format.container],
    languages: distinct(streams.flatMap((stream) => stream.language ?? [])),
    hdr: distinct(video.map((stream) => stream.hdr ?? 'sdr')),
    scan: distinct(video.flatMap((stream) => (stream.scan === 'unknown' ? [] : stream.scan.split('-')[0]!))),
    resolution: width && height && picture ? [resolutionClass(width, height)] : [],
    numbers: numbersOf(technical, picture, width, height),
    words: distinct([
      format.container,
      format.mediaType,
      ...video.flatMap(videoWords),
      ...audio.flatMap(audioWords),
      ...titleWords(technical),
    ]),
  }
}

function numbersOf(
  technical: Technical,
  picture: VideoStream | null,
  width: number | null,
  height: number | null,
): TechnicalFacts['numbers'] {
  const { format, audio, document, image } = technical
  const rate = picture?.rate ?? null
  return present({
    duration: format.durationUs === null ? null : format.durationUs / 1e6,
    bitrate: format.bitRate,
    width,
    height,
    rate: rate && decimal(rate),
    channels: audio.length > 0 ? audio.reduce((sum, stream) => sum + stream.channels, 0) : null,
    pages: document?.pages ?? image?.pages ?? null,
  })
}

const COMMON_CODECS: Readonly<Record<string, string>> = {
  h264: 'AVC',
  hevc: 'H.265',
  mpeg2video: 'MPEG-2',
  dnxhd: 'DNxHR',
  pcm_s16le: 'PCM',
  pcm_s24le: 'PCM',
  mjpeg: 'Motion JPEG',
}

/** As people say it: `1080p25`, `1920x1080`, `interlaced`, `29.97`. */
function videoWords(stream: VideoStream): string[] {
  const { codec, profile, hdr, rate, displayWidth, displayHeight, scan, chroma, bitDepth, title } = stream
  const letter = scan.startsWith('interlaced') ? 'i' : 'p'
  const shownRate = rate ? `${decimal(rate)}` : null
  return [
    codec,
    COMMON_CODECS[codec],
    profile,
    hdr && `HDR ${hdr}`,
    `${displayWidth}x${displayHeight}`,
    `${displayHeight}${letter}`,
    shownRate && `${displayHeight}${letter}${shownRate}`,
    shownRate && `${shownRate} fps`,
    scan === 'unknown' ? null : scan,
    chroma,
    bitDepth && `${bitDepth} bit`,
    title,
  ].filter(isWord)
}

const audioWords = ({ codec, profile, layout, channels, sampleRate, title }: AudioStream): string[] =>
  [codec, COMMON_CODECS[codec], profile, layout, `${channels} ch`, `${sampleRate / 1_000} kHz`, title].filter(isWord)

const WORDS_MAX = 60
const WORD_LENGTH_MAX = 300

/** Titles, people and places written into the file; camera facts of pictures. */
function titleWords({ format, document, image }: Technical): string[] {
  const exif = textsIn(image?.exif)
  const words = [document?.title, document?.author, format.startTimecode?.label, ...Object.values(format.tags), ...exif].filter(isWord)
  return words.slice(0, WORDS_MAX).map((word) => word.slice(0, WORD_LENGTH_MAX))
}

/** Camera, title, keywords, creator: however deep the reader of a picture put them. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

function resolutionClass(width: number, height: number): string {
  const long = Math.max(width, height)
  const short = Math.min(width, height)
  if (long >= 7_000) return '8K'
  if (long >= 3_800) return 'UHD'
  if (long >= 1_900 || short >= 1_080) return 'Full HD'
  return long >= 1_270 || short >= 720 ? 'HD' : 'SD'
}

/** To a thousandth, as people write it: 23.976, 29.97. */
const decimal = ({ num, den }: Fraction): number => Math.round((num / den) * 1_000) / 1_000
const isWord = (word: string | number | null | undefined): word is string => typeof word === 'string' && word !== ''
const distinct = (values: readonly string[]): string[] => [...new Set(values)]
const present = (numbers: Partial<Record<NumberFieldName, number | null>>): TechnicalFacts['numbers'] =>
  Object.fromEntries(Object.entries(numbers).filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
