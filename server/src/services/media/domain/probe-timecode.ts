import { isSameFraction, multiply, parseFraction } from '@capstan/contract/rational'
import type { Fraction, StartTimecode } from '@capstan/contract/technical'
import { canDropFrames, looksDropFrame, parseTimecode, timecodeLabel } from '@capstan/contract/timecode'
import type { ProbeReport, ReportFrame } from './probe-report.ts'

type Found = { label: string; source: string; rate: Fraction | null }

/**
 * Every start timecode a file carries, in the order in which they are believed: tmcd track, MXF package, stream, SEI. `start` is the first
 * that is a label at the picture's rate; null at a variable rate, where timecode means nothing.
 */
export function startTimecodes(
  report: ProbeReport,
  container: string,
  rate: Fraction | null,
): { start: StartTimecode | null; all: StartTimecode[] } {
  const all = found(report, container).flatMap(({ label, source, rate: own }) => {
    const counted = own ?? rate
    if (!counted) return []
    const isDrop = looksDropFrame(label) && canDropFrames(counted)
    return parseTimecode(label, { rate: counted, dropFrame: isDrop }) === null ? [] : [{ label, rate: counted, dropFrame: isDrop, source }]
  })
  const start =
    rate === null
      ? null
      : (all
          .filter(isMeant)
          .map((timecode) => atRate(timecode, rate))
          .find((timecode) => timecode !== null) ?? null)
  return { start, all }
}

/** Encoders that know no timecode write zeros into the picture all the same. */
const isMeant = ({ source, label }: StartTimecode): boolean => source !== PICTURE || !/^00:00:00.00$/.test(label)

const PICTURE = 'picture (SEI or GOP)'

function found(report: ProbeReport, container: string): Found[] {
  const tracks = report.streams
    .filter((stream) => stream.codec_type === 'data' && stream.codec_tag_string === 'tmcd')
    .map((stream) => ({ label: stream.tags['timecode'], source: 'tmcd track', rate: parseFraction(stream.avg_frame_rate) }))
  const packages = {
    label: report.format.tags['timecode'],
    source: container === 'mxf' ? 'MXF material package' : 'container tag',
    rate: null,
  }
  const streams = report.streams
    .filter((stream) => stream.codec_type === 'video')
    .map((stream) => ({ label: stream.tags['timecode'], source: 'stream tag', rate: null }))
  const frame = {
    label: frameTimecode(report.frames.find((candidate) => candidate.media_type === 'video')),
    source: 'picture (SEI or GOP)',
    rate: null,
  }
  return [...tracks, packages, ...streams, frame].filter((entry) => entry.label !== undefined) as Found[]
}

function frameTimecode(frame: ReportFrame | undefined): string | undefined {
  for (const data of frame?.side_data_list ?? []) {
    if (data.side_data_type === 'GOP timecode' && typeof data['timecode'] === 'string') return data['timecode']
    const listed = data['timecodes']
    if (data.side_data_type !== 'SMPTE 12-1 timecode' || !Array.isArray(listed)) continue
    const value = (listed[0] as { value?: unknown } | undefined)?.value
    if (typeof value === 'string') return value
  }
  return undefined
}

/** The same instant labelled at the picture's rate: a 25-count track may stand beside 50 frames a second. Null where the two do not divide. */
function atRate(timecode: StartTimecode, rate: Fraction): StartTimecode | null {
  if (isSameFraction(timecode.rate, rate)) return { ...timecode, rate }
  const frames = parseTimecode(timecode.label, timecode)
  if (frames === null || !isSameFraction(multiply(timecode.rate, { num: 2, den: 1 }), rate)) return null
  const dropFrame = timecode.dropFrame && canDropFrames(rate)
  return { ...timecode, rate, dropFrame, label: timecodeLabel(frames * 2, { rate, dropFrame }) }
}
