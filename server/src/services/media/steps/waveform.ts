import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AudioStream } from '@capstan/contract/technical'
import { CapstanError } from '../../../lib/errors.ts'
import { AviSamples } from '../domain/peaks-avi.ts'
import { encodePeaksDat } from '../domain/peaks-dat.ts'
import { channelPeaksDbfs, mergeBuckets, PeakReducer, samplesPerBucketFor, type Peaks } from '../domain/peaks.ts'
import { inputArgs } from '../ports/media-tools.ts'
import type { StepInput, StepOf } from './step.ts'

const BUCKETS_MAX = 16_000
const OVERVIEW_BUCKETS_MAX = 2000
/** The container between ffmpeg and us numbers its tracks with two digits; nobody delivers more. */
const TRACKS_MAX = 64

/**
 * Peaks of every channel of every audio track in one pass: for each track `track-<n>.dat` (at most 16,000 buckets, a hundredth of a second
 * where the sound is short) and `track-<n>-overview.dat` (at most 2,000), both audiowaveform version 2, and `waveform.json` that names them.
 * Sample 0 is the file's time 0: a track that begins later begins with silence. A silent film has none, and that is no
 * fault; sound that cannot be decoded is.
 */
export const waveform: StepOf = (tools) => async (input) => {
  const { technical } = input
  const streams = (technical?.audio ?? []).filter((stream) => stream.channels > 0)
  if (technical === null || technical.format.demuxer === null)
    throw new CapstanError('invalid', 'this file is no media that can be decoded')
  if (streams.length === 0) {
    input.log('there is no sound in this file, so it has no waveform')
    return { renditions: [], warnings: [] }
  }
  const tracks = streams.slice(0, TRACKS_MAX)
  const durationUs = Math.max(technical.format.durationUs ?? 0, ...tracks.map((track) => track.durationUs ?? 0)) || null
  const reducers: PeakReducer[] = []
  const avi = new AviSamples((track, samples) => (reducers[track] ??= reducerFor(avi.tracks[track]!, durationUs)).push(samples))
  const args = [
    ...inputArgs(0, technical.format.demuxer),
    ...tracks.flatMap((track) => ['-map', `0:${track.index}`]),
    ...['-vn', '-sn', '-dn', '-af', 'aresample=async=1:first_pts=0', '-c:a', 'pcm_s16le', '-f', 'avi', 'pipe:1'],
  ]
  await tools.run({
    tool: 'ffmpeg',
    args,
    inputs: [input.source.path],
    outputDir: null,
    signal: input.signal,
    timeoutMs: Math.max(600_000, (durationUs ?? 3_600e6) / 1000),
    onProgress: ({ outTimeUs }) => {
      if (outTimeUs !== null && durationUs !== null) input.progress(Math.max(0, Math.min(1, outTimeUs / durationUs)))
    },
    onStdout: (chunk) => avi.push(chunk),
  })
  const rendition = await writeWaveform(input, tracks, reducers, { command: ['ffmpeg', ...args], ffmpeg: tools.capabilities.version })
  input.progress(1)
  const dropped = streams.length - tracks.length
  return {
    renditions: [rendition],
    warnings: dropped > 0 ? [`${dropped} of ${streams.length} audio tracks have no waveform: ${TRACKS_MAX} is the limit`] : [],
  }
}

const reducerFor = ({ channels, sampleRate }: { channels: number; sampleRate: number }, durationUs: number | null): PeakReducer =>
  new PeakReducer({
    channels,
    sampleRate,
    bucketsMax: BUCKETS_MAX,
    samplesPerBucket: samplesPerBucketFor(sampleRate, durationUs === null ? null : durationUs / 1e6, BUCKETS_MAX),
  })

async function writeWaveform(
  input: StepInput,
  tracks: readonly AudioStream[],
  reducers: readonly (PeakReducer | undefined)[],
  made: Record<string, unknown>,
) {
  const folder = join(input.outDir, 'waveform')
  await mkdir(folder, { recursive: true })
  const described = []
  for (const [i, stream] of tracks.entries()) {
    const reducer = reducers[i]
    if (reducer === undefined) continue
    described.push(await writeTrack(folder, i + 1, { stream, reducer }))
  }
  if (described.length === 0) throw new CapstanError('invalid', 'no sound of this file could be decoded')
  await writeFile(join(folder, 'waveform.json'), JSON.stringify({ version: 1, tracks: described }))
  const peakFiles = described.flatMap(({ detail, overview }) => [detail.file, overview.file])
  return {
    kind: 'waveform' as const,
    name: 'waveform',
    files: [
      { path: 'waveform.json', mediaType: 'application/json' },
      ...peakFiles.map((path) => ({ path, mediaType: 'application/octet-stream' })),
    ],
    mainFile: 'waveform.json',
    facts: { tracks: described },
    settings: { bucketsMax: BUCKETS_MAX, overviewBucketsMax: OVERVIEW_BUCKETS_MAX, bits: 16, ...made },
  }
}

async function writeTrack(folder: string, track: number, { stream, reducer }: { stream: AudioStream; reducer: PeakReducer }) {
  const detail = reducer.peaks()
  const overview = mergeBuckets(detail, Math.max(1, Math.ceil(detail.buckets / OVERVIEW_BUCKETS_MAX)))
  const files = { detail: `track-${track}.dat`, overview: `track-${track}-overview.dat` }
  await writeFile(join(folder, files.detail), encodePeaksDat(detail))
  await writeFile(join(folder, files.overview), encodePeaksDat(overview))
  return {
    track,
    stream: stream.index,
    channels: detail.channels,
    sampleRate: detail.sampleRate,
    samples: reducer.samples,
    /** Null is digital silence. */
    peaksDbfs: channelPeaksDbfs(detail),
    detail: describe(files.detail, detail),
    overview: describe(files.overview, overview),
  }
}

const describe = (file: string, { buckets, samplesPerBucket }: Peaks) => ({ file, buckets, samplesPerBucket })
