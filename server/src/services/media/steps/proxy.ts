import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Technical } from '@capstan/contract/technical'
import { CapstanError } from '../../../lib/errors.ts'
import { parsePacket } from '../domain/probe-report.ts'
import { parseFraction } from '@capstan/contract/rational'
import { checkProxy, damageSentence, frameTable } from '../domain/proxy-check.ts'
import type { MadePicture } from '../domain/proxy-check.ts'
import { planProxy } from '../domain/proxy-plan.ts'
import type { ProxyPlan } from '../domain/proxy-plan.ts'
import { mainVideo } from '../domain/technical.ts'
import { inputArgs } from '../ports/media-tools.ts'
import type { MediaTools } from '../ports/media-tools.ts'
import { sizeOfMade, writeBesideMade } from './made-files.ts'
import type { MadeRendition, StepInput, StepOf } from './step.ts'

const CHECK_TIMEOUT_MS = 300_000
const ENCODE_MS_MIN = 30 * 60_000
/** Slower than this fraction of real time is given up. */
const SLOWEST = 20

/**
 * The review proxy: rendition `proxy` with proxy.mp4 (proxy.m4a without a picture), `audio-<n>.m4a` a stereo pair where there are several, and
 * `frames.json` (FrameTable) at a variable rate. Checked after it was made. Throws `invalid` when nothing decodes.
 */
export const proxy: StepOf = (tools) => async (input) => {
  const { technical } = input
  if (!technical) throw new CapstanError('invalid', 'the file was not recognised as media')
  const plan = planProxy(technical, tools.capabilities)
  const folder = join(input.outDir, 'proxy')
  await mkdir(folder, { recursive: true })
  const { stderrTail } = await encode(tools, input, technical, plan, folder)
  const checked = plan.file === 'proxy.mp4' ? await check(tools, input, plan, folder) : { warnings: [], frames: null }
  input.progress(1)
  const warnings = [...plan.warnings, ...checked.warnings, damageSentence(stderrTail)].filter((warning) => warning !== null)
  return { renditions: [renditionOf(tools, plan, checked.frames)], warnings }
}

function encode(tools: MediaTools, input: StepInput, technical: Technical, plan: ProxyPlan, folder: string) {
  const durationUs = mainVideo(technical)?.durationUs ?? technical.format.durationUs
  input.log('proxy started', { arguments: plan.args })
  return tools.run({
    tool: 'ffmpeg',
    args: plan.args,
    inputs: [input.source.path],
    outputDir: folder,
    signal: input.signal,
    timeoutMs: Math.max(ENCODE_MS_MIN, ((durationUs ?? 0) / 1_000) * SLOWEST),
    onProgress: ({ outTimeUs }) => {
      if (outTimeUs !== null && durationUs) input.progress(Math.min(0.98, Math.max(0, outTimeUs / durationUs)))
    },
  })
}

async function check(
  tools: MediaTools,
  input: StepInput,
  plan: ProxyPlan,
  folder: string,
): Promise<{ warnings: string[]; frames: number }> {
  // The tool that checks is shown what lies there: it must be the file.
  await sizeOfMade(folder, plan.file)
  const picture = await readPicture(tools, input, join(folder, plan.file))
  const warnings = checkProxy(plan, picture)
  if (plan.variableRate) await writeBesideMade(folder, 'frames.json', JSON.stringify(frameTable(picture)))
  return { warnings, frames: picture.packets.length }
}

/** One run for the header and every packet: a second one would cost a short clip a twentieth of its encode. */
async function readPicture(tools: MediaTools, input: StepInput, path: string): Promise<MadePicture> {
  const entries = 'packet=stream_index,pts,dts,duration,flags:stream=codec_name,pix_fmt,time_base'
  const { stdout } = await tools.run({
    tool: 'ffprobe',
    args: ['-select_streams', 'v:0', '-show_entries', entries, '-of', 'csv', ...inputArgs(0, 'mov')],
    inputs: [path],
    outputDir: null,
    signal: input.signal,
    timeoutMs: CHECK_TIMEOUT_MS,
  })
  const lines = stdout.toString('latin1').split('\n')
  const [codec, pixelFormat, timeBase] = (lines.find((line) => line.startsWith('stream,')) ?? '').split(',').slice(1)
  return {
    packets: lines.flatMap((line) => {
      const packet = line.startsWith('packet,') ? parsePacket(line.slice('packet,'.length)) : null
      return packet ? [{ ...packet, key: line.includes(',K') }] : []
    }),
    timeBase: parseFraction(timeBase) ?? { num: 1, den: 90_000 },
    codec: codec ?? 'nothing',
    pixelFormat,
  }
}

function renditionOf(tools: MediaTools, plan: ProxyPlan, frames: number | null): MadeRendition {
  const tracks = plan.tracks.map(({ file }) => ({ path: file, mediaType: 'audio/mp4' }))
  const table = plan.variableRate ? [{ path: 'frames.json', mediaType: 'application/json' }] : []
  return {
    kind: 'proxy',
    name: 'proxy',
    files: [{ path: plan.file, mediaType: plan.file === 'proxy.mp4' ? 'video/mp4' : 'audio/mp4' }, ...tracks, ...table],
    mainFile: plan.file,
    facts: { ...plan.facts, frameCount: frames },
    settings: { command: ['ffmpeg', ...plan.args], ffmpeg: tools.capabilities.version },
  }
}
