import { fraction, framesIn, multiply, parseFraction } from '@capstan/contract/rational'
import type { AudioStream, Colour, DataStream, Fraction, TextStream, VideoStream } from '@capstan/contract/technical'
import { decideRate, packetsAreFields } from './probe-rate.ts'
import { microseconds, wholeNumber } from './probe-report.ts'
import type { Packet, ReportFrame, ReportStream } from './probe-report.ts'
import { scanOfHeader } from './probe-scan.ts'

/** `complete` says that the packets are all there are, not a sample from the start. */
export type PacketScan = { packets: readonly Packet[]; complete: boolean }

const SQUARE: Fraction = { num: 1, den: 1 }

const named = (text: string | undefined): string | null => (text && text !== 'unknown' && text !== 'und' && text !== 'N/A' ? text : null)

/** One picture stream from the header, the first decoded frames and the time stamps of its packets. */
export function videoStream(
  stream: ReportStream,
  frames: readonly ReportFrame[],
  scan: PacketScan,
  formatDurationUs: number | null,
): VideoStream {
  const timeBase = parseFraction(stream.time_base) ?? fraction(1, 90_000)
  const frameTicks = ticksOf(frames.map((frame) => frame.best_effort_timestamp ?? frame.pts ?? null))
  const ticks = presentedTicks(scan.packets, frameTicks)
  const [nominalRate, averageRate] = [parseFraction(stream.r_frame_rate), parseFraction(stream.avg_frame_rate)]
  const { rate, variable, missing } = decideRate({ ticks, timeBase, nominal: nominalRate, average: averageRate })
  const durationUs = microseconds(stream.duration) ?? tagDuration(stream) ?? formatDurationUs
  const firstTick = frameTicks[0] ?? ticks[0]
  return {
    index: stream.index,
    codec: stream.codec_name ?? 'unknown',
    profile: named(stream.profile),
    level: stream.level !== undefined && stream.level > 0 ? String(stream.level) : null,
    ...geometry(stream),
    ...pixels(stream.pix_fmt, stream.bits_per_raw_sample),
    rate,
    averageRate,
    nominalRate,
    variableRate: variable,
    missingFrames: missing,
    timeBase,
    ...frameCount({ ticks, complete: scan.complete, header: stream.nb_frames, durationUs, rate }),
    durationUs,
    startUs: firstTick === undefined ? (microseconds(stream.start_time) ?? 0) : Math.round((firstTick * 1e6 * timeBase.num) / timeBase.den),
    scan: scanOfHeader(stream.field_order, frames),
    scanSource: 'header',
    colour: colourOf(stream),
    ...dynamicRange(stream, frames),
    bitRate: wholeNumber(stream.bit_rate),
    language: named(stream.tags['language']),
    title: named(stream.tags['title']),
    attachedPicture: stream.disposition['attached_pic'] === 1,
    closedCaptions: stream.closed_captions === 1 || hasSideData(frames, 'ATSC A53 Part 4 Closed Captions'),
  }
}

const ticksOf = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null).sort((a, b) => a - b)

/** The time stamps of frames: packets that the edit list drops are left out, and of two fields the first stands for both. */
function presentedTicks(packets: readonly Packet[], frameTicks: readonly number[]): number[] {
  const kept = packets.filter((packet) => !packet.discarded)
  const ticks = ticksOf(kept.map((packet) => packet.pts ?? packet.dts))
  return packetsAreFields(ticks, frameTicks) ? ticks.filter((_, index) => index % 2 === 0) : ticks
}

function tagDuration(stream: ReportStream): number | null {
  const match = /^(\d+):(\d{2}):(\d{2}(?:\.\d+)?)$/.exec(stream.tags['DURATION'] ?? '')
  if (!match) return null
  return Math.round((Number(match[1]) * 3_600 + Number(match[2]) * 60 + Number(match[3])) * 1e6)
}

function frameCount(known: {
  ticks: readonly number[]
  complete: boolean
  header: string | undefined
  durationUs: number | null
  rate: Fraction | null
}): Pick<VideoStream, 'frameCount' | 'frameCountSource'> {
  if (known.complete && known.ticks.length > 0) return { frameCount: known.ticks.length, frameCountSource: 'counted' }
  const header = wholeNumber(known.header)
  if (header) return { frameCount: header, frameCountSource: 'header' }
  if (known.durationUs === null || known.rate === null) return { frameCount: null, frameCountSource: null }
  return { frameCount: framesIn(known.durationUs, known.rate), frameCountSource: 'duration' }
}

/** D-10 (SMPTE ST 356) codes 32 lines of vertical blanking above the picture. */
export const hiddenLines = ({ codec, width, height }: { codec: string; width: number; height: number }): number =>
  codec === 'mpeg2video' && width === 720 && (height === 608 || height === 512) ? 32 : 0

function geometry(
  stream: ReportStream,
): Pick<VideoStream, 'width' | 'height' | 'displayWidth' | 'displayHeight' | 'sampleAspect' | 'displayAspect' | 'rotation'> {
  const [width, height] = [stream.width ?? 0, stream.height ?? 0]
  const sampleAspect = parseFraction(stream.sample_aspect_ratio) ?? SQUARE
  const hidden = hiddenLines({ codec: stream.codec_name ?? '', width, height })
  const coded = width > 0 && height > 0 ? multiply(fraction(width, height), sampleAspect) : SQUARE
  const visible = height - hidden
  const squared = Math.round((visible * coded.num) / coded.den)
  const rotation = rotationOf(stream)
  const isTurned = rotation % 180 !== 0
  return {
    width,
    height,
    displayWidth: isTurned ? visible : squared,
    displayHeight: isTurned ? squared : visible,
    sampleAspect,
    displayAspect: isTurned ? { num: coded.den, den: coded.num } : coded,
    rotation,
  }
}

function rotationOf(stream: ReportStream): number {
  const matrix = stream.side_data_list.find((data) => data.side_data_type === 'Display Matrix')
  const anticlockwise = Number(matrix?.['rotation'] ?? -Number(stream.tags['rotate'] ?? 0))
  return Number.isFinite(anticlockwise) ? (((Math.round(-anticlockwise / 90) * 90) % 360) + 360) % 360 : 0
}

/** From the pixel format's name; `bits_per_raw_sample` where the name says nothing. */
function pixels(
  format: string | undefined,
  rawBits: string | undefined,
): Pick<VideoStream, 'pixelFormat' | 'bitDepth' | 'chroma' | 'alpha'> {
  const name = named(format)
  const bits = /(?:p|gray|gbra?p|y2|xyz|x2rgb|x2bgr)(9|10|12|14|16)(?:le|be)?$/.exec(name ?? '')?.[1]
  const packed = /^(?:rgb|bgr)48|^(?:rgba|bgra)64|16(?:le|be)?$/.test(name ?? '') ? '16' : undefined
  const sampling = /4(\d)(\d)/.exec(name ?? '')
  const isRgb = /^(?:rgb|bgr|gbr|argb|abgr|pal8)/.test(name ?? '')
  return {
    pixelFormat: name,
    bitDepth: name === null ? wholeNumber(rawBits) : Number(bits ?? packed ?? 8),
    chroma: isRgb ? 'RGB' : /^(?:gray|mono)/.test(name ?? '') ? '4:0:0' : sampling ? `4:${sampling[1]}:${sampling[2]}` : null,
    alpha: /^(?:yuva|rgba|bgra|argb|abgr|gbrap|ya)/.test(name ?? ''),
  }
}

const colourOf = (stream: ReportStream): Colour => ({
  primaries: named(stream.color_primaries),
  transfer: named(stream.color_transfer),
  matrix: named(stream.color_space),
  range: stream.color_range === 'pc' || stream.pix_fmt?.startsWith('yuvj') ? 'full' : stream.color_range === 'tv' ? 'limited' : null,
})

const hasSideData = (frames: readonly ReportFrame[], type: string): boolean =>
  frames.some((frame) => frame.side_data_list.some((data) => data.side_data_type === type))

function dynamicRange(stream: ReportStream, frames: readonly ReportFrame[]): Pick<VideoStream, 'hdr' | 'dolbyVisionProfile'> {
  const dolby = stream.side_data_list.find((data) => data.side_data_type.startsWith('DOVI configuration'))
  const profile = typeof dolby?.['dv_profile'] === 'number' ? dolby['dv_profile'] : null
  if (profile !== null) return { hdr: `Dolby Vision ${profile}`, dolbyVisionProfile: profile }
  const hasMastering =
    stream.side_data_list.some((data) => data.side_data_type === 'Mastering display metadata') ||
    hasSideData(frames, 'Mastering display metadata')
  if (stream.color_transfer === 'smpte2084') return { hdr: hasMastering ? 'HDR10' : 'PQ', dolbyVisionProfile: null }
  return { hdr: stream.color_transfer === 'arib-std-b67' ? 'HLG' : null, dolbyVisionProfile: null }
}

export const audioStream = (stream: ReportStream): AudioStream => ({
  index: stream.index,
  codec: stream.codec_name ?? 'unknown',
  profile: named(stream.profile),
  channels: stream.channels ?? 0,
  layout: named(stream.channel_layout),
  sampleRate: Number(stream.sample_rate ?? 0),
  bitDepth: wholeNumber(stream.bits_per_raw_sample) ?? (stream.bits_per_sample || null),
  durationUs: microseconds(stream.duration) ?? tagDuration(stream),
  startUs: microseconds(stream.start_time) ?? 0,
  bitRate: wholeNumber(stream.bit_rate),
  language: named(stream.tags['language']),
  title: named(stream.tags['title']),
})

export const textStream = (stream: ReportStream): TextStream => ({
  index: stream.index,
  codec: stream.codec_name ?? stream.codec_tag_string ?? 'unknown',
  language: named(stream.tags['language']),
  title: named(stream.tags['title']),
  forced: stream.disposition['forced'] === 1,
})

export const dataStream = (stream: ReportStream): DataStream => ({
  index: stream.index,
  codec: named(stream.codec_name) ?? (stream.codec_tag_string?.startsWith('[') ? null : named(stream.codec_tag_string)),
  handler: named(stream.tags['handler_name']),
})
