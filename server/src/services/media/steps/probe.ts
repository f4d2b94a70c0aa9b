import { open } from 'node:fs/promises'
import { fileTypeFromBuffer } from 'file-type'
import { z } from 'zod'
import type { Technical, VideoStream } from '@capstan/contract/technical'
import { CapstanError, toCapstanError } from '../../../lib/errors.ts'
import { parsePacket, ProbeReport } from '../domain/probe-report.ts'
import type { Packet } from '../domain/probe-report.ts'
import { addFieldCounts, isDoubtful, parseIdet, scanMeasured } from '../domain/probe-scan.ts'
import { sniff, SNIFF_BYTES, sniffOf, sniffText } from '../domain/probe-sniff.ts'
import type { Sniffed } from '../domain/probe-sniff.ts'
import { withSecondOpinion, wantsSecondOpinion } from '../domain/second-opinion.ts'
import type { OpinionTrack } from '../domain/second-opinion.ts'
import { mainVideo, mediaTechnical, stillTechnical } from '../domain/technical.ts'
import { inputArgs } from '../ports/media-tools.ts'
import type { MediaTools } from '../ports/media-tools.ts'
import { runDecoder } from './decoder/run-decoder.ts'
import { soundOrData } from './sound-or-data.ts'
import type { StepInput, StepOf } from './step.ts'

const PROBE_TIMEOUT_MS = 120_000
/** Up to here every packet's time stamp is read; larger files give those of their beginning. */
const WHOLE_SCAN_BYTES_MAX = 256 << 20
const SAMPLED_PACKETS = 3_000
const DECODED_PACKETS = 16
const IDET_STRETCH_FRAMES = 60

/**
 * Says what a file is. `output` is `{ kind, technical }`; `technical` is null for unknown formats. Throws `invalid` for an empty file and for
 * media of which no stream decodes.
 */
export const probe: StepOf = (tools) => async (input) => {
  if (input.source.sizeBytes === 0) throw new CapstanError('invalid', 'the file is empty (0 bytes)')
  const sniffed = await sniffFile(input.source.path)
  input.log('format recognised', { container: sniffed.container, mediaType: sniffed.mediaType, demuxer: sniffed.demuxer })
  if (sniffed.kind === 'other')
    return { renditions: [], warnings: [], output: { kind: 'other', mediaType: sniffed.mediaType, technical: null } }
  const technical =
    sniffed.demuxer === null ? stillTechnical(sniffed, input.source.sizeBytes) : await probeMedia(tools, input, sniffed, sniffed.demuxer)
  input.progress(1)
  return {
    renditions: [],
    warnings: shortfall(technical),
    output: { kind: technical.kind, mediaType: technical.format.mediaType, technical },
  }
}

/** By content alone: first our own signatures, then text, then the file-type library for zip and OLE containers. Throws `invalid` when empty. */
export async function sniffFile(path: string): Promise<Sniffed> {
  const handle = await open(path)
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0)
    if (bytesRead === 0) throw new CapstanError('invalid', 'the file is empty (0 bytes)')
    const head = buffer.subarray(0, bytesRead)
    const known = sniff(head) ?? sniffText(head)
    if (known) return known
    const more = await handle.read(Buffer.alloc(1 << 20), 0, 1 << 20, 0)
    return sniffOf(await fileTypeFromBuffer(more.buffer.subarray(0, more.bytesRead)).catch(() => undefined))
  } finally {
    await handle.close()
  }
}

async function probeMedia(tools: MediaTools, input: StepInput, sniffed: Sniffed, demuxer: string): Promise<Technical> {
  const [report, scan] = await Promise.all([
    header(tools, input, demuxer, sniffed),
    scanPackets(tools, input, demuxer).catch((thrown: unknown) => {
      if (thrown instanceof CapstanError && thrown.code === 'invalid') return { packets: [], complete: false }
      throw thrown
    }),
  ])
  input.progress(0.5)
  const technical = mediaTechnical(sniffed, input.source.sizeBytes, report, scan.packets, scan.complete)
  if (technical.kind === 'other') throw new CapstanError('invalid', `this ${sniffed.container} file holds neither picture nor sound`)
  if (!hasDecoded(report)) await assertDecodes(tools, input, demuxer, sniffed)
  const main = mainVideo(technical)
  const [fields, tracks, audio] = await Promise.all([
    main && isDoubtful(main.scan, main.height) ? measureFields(tools, input, demuxer, main) : null,
    wantsSecondOpinion(technical, tools.capabilities.legacy) ? secondOpinion(tools, input) : null,
    soundOrData(tools, input, demuxer, technical),
  ])
  const known = { ...(tracks ? withSecondOpinion(technical, tracks) : technical), audio }
  return main && fields ? withScan(known, main, fields) : known
}

async function header(tools: MediaTools, input: StepInput, demuxer: string, sniffed: Sniffed): Promise<ProbeReport> {
  const args = ['-show_format', '-show_streams', '-show_frames', '-read_intervals', `%+#${DECODED_PACKETS}`, '-of', 'json']
  try {
    const { stdout } = await runProbe(tools, input, demuxer, args)
    return ProbeReport.parse(JSON.parse(stdout.toString('utf8')))
  } catch (thrown) {
    if (!(thrown instanceof CapstanError) || thrown.code !== 'invalid') throw thrown
    const why = /moov atom not found/.test(String(thrown.details['stderrTail']))
      ? 'its index (moov) is missing, so it was probably cut off'
      : thrown.message
    throw new CapstanError('invalid', `this ${sniffed.container} file cannot be read: ${why}`, { details: thrown.details, cause: thrown })
  }
}

const runProbe = (tools: MediaTools, input: StepInput, demuxer: string, args: string[], onStdout?: (chunk: Buffer) => void) =>
  tools.run({
    tool: 'ffprobe',
    args: [...args, ...inputArgs(0, demuxer)],
    inputs: [input.source.path],
    outputDir: null,
    signal: input.signal,
    timeoutMs: PROBE_TIMEOUT_MS,
    ...(onStdout ? { onStdout } : {}),
  })

/** Reads time stamps of picture packets: of all in a small file, of the beginning in a large one. */
async function scanPackets(tools: MediaTools, input: StepInput, demuxer: string): Promise<{ packets: Packet[]; complete: boolean }> {
  const complete = input.source.sizeBytes <= WHOLE_SCAN_BYTES_MAX
  const packets: Packet[] = []
  let rest = ''
  const take = (line: string) => {
    const packet = parsePacket(line)
    if (packet) packets.push(packet)
  }
  const interval = complete ? [] : ['-read_intervals', `%+#${SAMPLED_PACKETS}`]
  const args = [...interval, '-select_streams', 'v', '-show_entries', 'packet=stream_index,pts,dts,duration,flags', '-of', 'csv=p=0']
  await runProbe(tools, input, demuxer, args, (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(take)
  })
  take(rest)
  return { packets, complete }
}

const hasDecoded = (report: ProbeReport): boolean =>
  report.frames.some((frame) => frame.media_type === 'video' || frame.media_type === 'audio')

/** Nothing came out of the first packets: looks further before it gives the file up. */
async function assertDecodes(tools: MediaTools, input: StepInput, demuxer: string, sniffed: Sniffed): Promise<void> {
  let decoded = 0
  const count = (chunk: Buffer) => {
    decoded += chunk.length
  }
  const args = ['-show_entries', 'frame=media_type', '-read_intervals', '%+#3000', '-of', 'csv=p=0']
  await runProbe(tools, input, demuxer, args, count).catch((thrown: unknown) => {
    if (!(thrown instanceof CapstanError) || thrown.code !== 'invalid') throw thrown
  })
  if (decoded > 0) return
  throw new CapstanError('invalid', `no stream of this ${sniffed.container} file can be decoded`)
}

/** Three stretches of the film, or its beginning when it is short. */
async function measureFields(tools: MediaTools, input: StepInput, demuxer: string, video: VideoStream) {
  const seconds = (video.durationUs ?? 0) / 1e6
  const starts = seconds > 30 ? [0.1, 0.5, 0.9].map((part) => part * seconds) : [0]
  const frames = IDET_STRETCH_FRAMES * (starts.length === 1 ? 3 : 1)
  const counts = []
  for (const start of starts) {
    const { stderrTail } = await tools.run({
      tool: 'ffmpeg',
      args: [
        ...['-loglevel', 'info', '-ss', start.toFixed(3), ...inputArgs(0, demuxer)],
        ...['-map', `0:${video.index}`, '-frames:v', String(frames), '-vf', 'idet', '-an', '-sn', '-f', 'null', '-'],
      ],
      inputs: [input.source.path],
      outputDir: null,
      signal: input.signal,
      timeoutMs: PROBE_TIMEOUT_MS,
    })
    counts.push(parseIdet(stderrTail))
  }
  return addFieldCounts(counts)
}

function withScan(technical: Technical, video: VideoStream, count: ReturnType<typeof parseIdet>): Technical {
  const { scan, measured } = scanMeasured(video.scan, count)
  const disagrees = measured && video.scan !== 'unknown' && scan !== video.scan
  return {
    ...technical,
    video: technical.video.map((stream) =>
      stream.index === video.index ? { ...stream, scan, scanSource: measured ? 'measured' : 'header' } : stream,
    ),
    warnings: disagrees ? [...technical.warnings, `the header says ${video.scan}, the picture measures ${scan}`] : technical.warnings,
  }
}

/** Null where MediaInfo does not come to an end with this file: what ffprobe said stands. */
async function secondOpinion(tools: MediaTools, input: StepInput): Promise<OpinionTrack[] | null> {
  try {
    const { facts } = await runDecoder(tools, { task: 'facts', source: input.source, outDir: null, signal: input.signal })
    return OpinionTracks.parse(facts['tracks'])
  } catch (thrown) {
    if (input.signal.aborted) throw thrown
    input.log('no second opinion', { reason: toCapstanError(thrown).message })
    return null
  }
}

const OpinionTracks = z.array(z.record(z.string(), z.string())).max(1_000)

/** A sentence when the picture ends well before the header says: a file that was cut off. */
function shortfall(technical: Technical): string[] {
  const video = mainVideo(technical)
  const promisedUs = technical.format.durationUs
  if (!video || video.frameCountSource !== 'counted' || video.rate === null || video.frameCount === null || promisedUs === null) return []
  const audioUs = Math.max(0, ...technical.audio.map((stream) => stream.durationUs ?? 0))
  const hereUs = (video.frameCount * 1e6 * video.rate.den) / video.rate.num
  const expectedUs = video.durationUs ?? promisedUs
  if (hereUs > expectedUs * 0.9 || expectedUs - hereUs < 1e6 || audioUs > hereUs * 1.05) return []
  return [`the file seems cut off: ${(hereUs / 1e6).toFixed(1)} s of ${(expectedUs / 1e6).toFixed(1)} s are there`]
}
