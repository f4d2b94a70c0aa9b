import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AudioStream, Technical } from '@capstan/contract/technical'
import { CapstanError } from '../../../lib/errors.ts'
import { mayCarryData, withDataChannels } from '../domain/data-in-sound.ts'
import type { StreamSamples } from '../domain/data-in-sound.ts'
import { inputArgs } from '../ports/media-tools.ts'
import type { MediaTools } from '../ports/media-tools.ts'
import { readMade } from './made-files.ts'
import type { StepInput } from './step.ts'

const LISTEN_SECONDS = 2
const LISTEN_TIMEOUT_MS = 60_000
/** A longer film that begins in silence is listened to in its middle too. */
const LONG_US = 20e6

/** The sound streams; those that carry Dolby E or other data say so, by what two seconds of them hold. */
export async function soundOrData(tools: MediaTools, input: StepInput, demuxer: string, technical: Technical): Promise<AudioStream[]> {
  const streams = technical.audio.filter(mayCarryData)
  if (streams.reduce((sum, { channels }) => sum + channels, 0) < 2) return technical.audio
  const heard = await listen(tools, input, demuxer, streams, 0)
  const durationUs = technical.format.durationUs ?? 0
  const isSilent = heard.some(({ samples }) => samples.every((sample) => sample === 0))
  if (!isSilent || durationUs < LONG_US) return withDataChannels(technical.audio, heard)
  return withDataChannels(technical.audio, await listen(tools, input, demuxer, streams, durationUs / 2e6))
}

async function listen(
  tools: MediaTools,
  input: StepInput,
  demuxer: string,
  streams: readonly AudioStream[],
  fromSeconds: number,
): Promise<StreamSamples[]> {
  const work = join(input.outDir, 'listening')
  await mkdir(work, { recursive: true })
  try {
    const outputs = streams.flatMap(({ index }) => ['-map', `0:${index}`, '-c:a', 'pcm_s32le', '-f', 's32le', `${index}.raw`])
    const window = [...(fromSeconds > 0 ? ['-ss', fromSeconds.toFixed(3)] : []), '-t', String(LISTEN_SECONDS)]
    await tools.run({
      tool: 'ffmpeg',
      args: [...window, ...inputArgs(0, demuxer), ...outputs],
      inputs: [input.source.path],
      outputDir: work,
      signal: input.signal,
      timeoutMs: LISTEN_TIMEOUT_MS,
    })
    return await Promise.all(streams.map(async (stream) => ({ stream, samples: words(await readMade(work, `${stream.index}.raw`)) })))
  } catch (thrown) {
    // Sound that does not decode is told by the proxy.
    if (thrown instanceof CapstanError && thrown.code === 'invalid') return []
    throw thrown
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function words(bytes: Buffer): Int32Array {
  const whole = Math.floor(bytes.length / 4)
  return Int32Array.from({ length: whole }, (_, index) => bytes.readInt32LE(index * 4))
}
