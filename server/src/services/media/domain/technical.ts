import type { MediaKind, Technical, VideoStream } from '@capstan/contract/technical'
import type { ProbeReport } from './probe-report.ts'
import { microseconds, wholeNumber } from './probe-report.ts'
import type { Packet } from './probe-report.ts'
import type { Sniffed } from './probe-sniff.ts'
import { audioStream, dataStream, textStream, videoStream } from './probe-streams.ts'
import { startTimecodes } from './probe-timecode.ts'

/** The picture that people mean: not the cover of a record. */
export const mainVideo = (technical: Technical): VideoStream | null => technical.video.find((stream) => !stream.attachedPicture) ?? null

/** Facts of what no media tool opens: pictures and documents. Their own steps add pages and pixels. */
export const stillTechnical = (sniffed: Sniffed, sizeBytes: number): Technical => ({
  version: 1,
  kind: sniffed.kind,
  format: {
    container: sniffed.container,
    demuxer: sniffed.demuxer,
    mediaType: sniffed.mediaType,
    durationUs: null,
    startUs: 0,
    sizeBytes,
    bitRate: null,
    startTimecode: null,
    timecodes: [],
    tags: {},
  },
  video: [],
  audio: [],
  text: [],
  data: [],
  image: null,
  document: null,
  warnings: [],
})

/** Everything ffprobe said, as typed facts. `complete`: the packets are all of the file's. */
export function mediaTechnical(
  sniffed: Sniffed,
  sizeBytes: number,
  report: ProbeReport,
  packets: readonly Packet[],
  complete: boolean,
): Technical {
  const formatDurationUs = microseconds(report.format.duration)
  const ofType = (type: string) => report.streams.filter((stream) => stream.codec_type === type)
  const video = ofType('video').map((stream) => {
    const frames = report.frames.filter((frame) => frame.stream_index === stream.index)
    return videoStream(stream, frames, { packets: packets.filter((packet) => packet.stream === stream.index), complete }, formatDurationUs)
  })
  const audio = ofType('audio').map(audioStream)
  const main = video.find((stream) => !stream.attachedPicture)
  const { start, all } = startTimecodes(report, sniffed.container, main?.variableRate ? null : (main?.rate ?? null))
  const still = stillTechnical(sniffed, sizeBytes)
  return {
    ...still,
    kind: kindOf(video, audio),
    format: {
      ...still.format,
      mediaType: main ? sniffed.mediaType : sniffed.mediaType.replace(/^video\/(mp4|webm|x-matroska|quicktime|mpeg|x-ms-asf)$/, 'audio/$1'),
      durationUs: formatDurationUs,
      startUs: clockStartUs(sniffed.demuxer, report),
      bitRate: wholeNumber(report.format.bit_rate),
      startTimecode: start,
      timecodes: all,
      timeReference: timeReference(report, audio[0]?.sampleRate ?? 0),
      tags: Object.fromEntries(Object.entries(report.format.tags).slice(0, 200)),
    },
    video,
    audio,
    text: ofType('subtitle').map(textStream),
    data: [...ofType('data'), ...ofType('attachment')].map(dataStream),
    warnings: disagreements(report, video),
  }
}

/** Where ffmpeg's clock begins: at the earliest stream, in transport and programme streams at the earliest of picture and sound. */
function clockStartUs(demuxer: string | null, report: ProbeReport): number {
  const starts = report.streams
    .filter(({ codec_type: type }) => type === 'video' || type === 'audio')
    .map((stream) => microseconds(stream.start_time))
    .filter((start) => start !== null)
  const isDiscontinuous = demuxer === 'mpegts' || demuxer === 'mpeg'
  return isDiscontinuous && starts.length > 0 ? Math.min(...starts) : (microseconds(report.format.start_time) ?? 0)
}

/** EBU Tech 3285: samples since midnight. Sound alone has no rate of frames, so it is no timecode. */
function timeReference(report: ProbeReport, sampleRate: number): Technical['format']['timeReference'] {
  const samples = Number(report.format.tags['time_reference'] ?? Number.NaN)
  if (!Number.isSafeInteger(samples) || samples < 0 || sampleRate <= 0) return null
  return { samples, sampleRate, source: 'bext time reference' }
}

function kindOf(video: readonly VideoStream[], audio: readonly unknown[]): MediaKind {
  if (video.some((stream) => !stream.attachedPicture)) return 'video'
  return audio.length > 0 ? 'audio' : 'other'
}

function disagreements(report: ProbeReport, video: readonly VideoStream[]): string[] {
  return video.flatMap((stream) => {
    const header = wholeNumber(report.streams.find(({ index }) => index === stream.index)?.nb_frames)
    if (stream.frameCountSource !== 'counted' || header === null || header === stream.frameCount) return []
    return [`the header promises ${header} frames, ${stream.frameCount} are there`]
  })
}
