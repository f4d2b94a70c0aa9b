import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Technical, TextStream } from '@capstan/contract/technical'
import { CapstanError, toCapstanError } from '../../../lib/errors.ts'
import { captionLabel, captionShiftMs, captionStreams, readCues, webvttFile } from '../domain/captions.ts'
import { inputArgs } from '../ports/media-tools.ts'
import type { MediaTools } from '../ports/media-tools.ts'
import { readMade } from './made-files.ts'
import type { MadeRendition, StepInput, StepOf } from './step.ts'

const READ_MS_MAX = 30 * 60_000
/** A film's captions have some hundred kilobytes; what is longer is read as far as this. */
const WEBVTT_BYTES_MAX = 16 << 20

/**
 * The text streams of a source as WebVTT on the proxy's clock: renditions `captions-<stream index>` with captions.vtt; facts say `language`,
 * `label`, `forced` and `source` (the codec). A stream that cannot be read is a warning; rejects only when it was stopped.
 */
export const captions: StepOf = (tools) => async (input) => {
  const { technical } = input
  const streams = technical ? captionStreams(technical) : []
  if (!technical || streams.length === 0) return { renditions: [], warnings: [] }
  const work = join(input.outDir, 'reading-captions')
  await mkdir(work, { recursive: true })
  try {
    const warnings = await readAll(tools, input, technical, streams, work)
    const renditions: MadeRendition[] = []
    for (const [index, stream] of streams.entries()) {
      const text = await readWritten(work, fileOf(stream))
      const { rendition, warning } = text === null ? NOTHING : await write(tools, input.outDir, technical, stream, index + 1, text)
      if (rendition) renditions.push(rendition)
      if (warning) warnings.push(warning)
    }
    return { renditions, warnings }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const NOTHING = { rendition: null, warning: null }

const fileOf = ({ index }: TextStream): string => `${index}.vtt`

/** One run for all of them; where that breaks, each alone, so that a damaged one does not take the others along. */
async function readAll(
  tools: MediaTools,
  input: StepInput,
  technical: Technical,
  streams: readonly TextStream[],
  work: string,
): Promise<string[]> {
  try {
    await read(tools, input, technical, streams, work)
    return []
  } catch (thrown) {
    const error = stoppedOr(thrown)
    const [only] = streams
    if (streams.length > 1) return (await Promise.all(streams.map((stream) => readAll(tools, input, technical, [stream], work)))).flat()
    return [`the captions of stream ${only?.index} (${only?.codec}) could not be read: ${error.message}`]
  }
}

function stoppedOr(thrown: unknown): CapstanError {
  const error = toCapstanError(thrown)
  if (error.details['reason'] === 'aborted' || error.code === 'no_space') throw error
  return error
}

async function read(
  tools: MediaTools,
  input: StepInput,
  technical: Technical,
  streams: readonly TextStream[],
  work: string,
): Promise<void> {
  if (technical.format.demuxer === null) throw new CapstanError('invalid', 'no media tool may open this file')
  const outputs = streams.flatMap((stream) => [
    ...['-map', `0:${stream.index}`, '-map_metadata', '-1', '-map_chapters', '-1', '-c:s', 'webvtt'],
    ...['-fs', String(WEBVTT_BYTES_MAX), '-f', 'webvtt', fileOf(stream)],
  ])
  await tools.run({
    tool: 'ffmpeg',
    args: [...inputArgs(0, technical.format.demuxer), ...outputs],
    inputs: [input.source.path],
    outputDir: work,
    signal: input.signal,
    timeoutMs: READ_MS_MAX,
  })
}

/** Null where nothing was written. */
async function readWritten(work: string, name: string): Promise<string | null> {
  const bytes = await readMade(work, name, WEBVTT_BYTES_MAX).catch(() => null)
  return bytes && bytes.toString('utf8')
}

async function write(tools: MediaTools, outDir: string, technical: Technical, stream: TextStream, number: number, text: string) {
  const { durationUs } = technical.format
  const durationMs = durationUs === null ? null : Math.ceil(durationUs / 1_000)
  const { cues, truncated } = readCues(text, { shiftMs: captionShiftMs(technical), durationMs })
  if (cues.length === 0) return NOTHING
  const name = `captions-${stream.index}`
  await mkdir(join(outDir, name), { recursive: true })
  await writeFile(join(outDir, name, 'captions.vtt'), webvttFile(cues))
  const { language, forced, codec } = stream
  const rendition: MadeRendition = {
    kind: 'captions',
    name,
    files: [{ path: 'captions.vtt', mediaType: 'text/vtt; charset=utf-8' }],
    mainFile: 'captions.vtt',
    facts: { language, label: captionLabel(stream, number), forced, source: codec, cues: cues.length },
    settings: { ffmpeg: tools.capabilities.version },
  }
  return {
    rendition,
    warning: truncated ? `the captions of stream ${stream.index} have more than ${cues.length} entries: the rest was left out` : null,
  }
}
