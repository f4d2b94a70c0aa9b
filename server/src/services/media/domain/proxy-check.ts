import type { FrameTable } from '@capstan/contract/frame-table'
import type { Fraction } from '@capstan/contract/technical'
import { CapstanError } from '../../../lib/errors.ts'
import type { Packet } from './probe-report.ts'
import { PROXY_GOP_FRAMES } from './proxy-plan.ts'
import type { ProxyPlan } from './proxy-plan.ts'

export type MadePicture = {
  packets: readonly (Packet & { key: boolean })[]
  timeBase: Fraction
  codec: string
  pixelFormat: string | undefined
}

/**
 * What a finished proxy must be, whatever the source was: pictures there, the first at 0, in order, a key frame at least every 12. Throws
 * `internal` where our own command broke that, `invalid` when nothing was decoded. Answers warnings about a source with fewer frames.
 */
export function checkProxy(plan: ProxyPlan, picture: MadePicture): string[] {
  const times = picture.packets.map((packet) => packet.pts ?? packet.dts ?? 0)
  if (times.length === 0) throw new CapstanError('invalid', 'no frame of this file can be decoded')
  if (times[0] !== 0) throw broken(`its first frame is at ${times[0]}, not at 0`)
  if (times.some((time, index) => index > 0 && time <= (times[index - 1] as number))) throw broken('its frames are out of order')
  if (picture.codec !== 'h264' || picture.pixelFormat !== 'yuv420p') throw broken(`it is ${picture.codec} ${picture.pixelFormat}`)
  if (longestGop(picture.packets) > PROXY_GOP_FRAMES) throw broken(`it has more than ${PROXY_GOP_FRAMES} frames without a key frame`)
  return frameWarnings(plan.frameCount, times.length)
}

const broken = (what: string) => new CapstanError('internal', `the proxy was made wrong: ${what}`)

function longestGop(packets: MadePicture['packets']): number {
  let [longest, length] = [0, 0]
  for (const { key } of packets) {
    length = key ? 1 : length + 1
    longest = Math.max(longest, length)
  }
  return longest
}

function frameWarnings(expected: ProxyPlan['frameCount'], made: number): string[] {
  if (expected === null || made === expected.frames) return []
  const difference = expected.frames - made
  // A count that comes from a duration may round either way.
  if (!expected.exact && Math.abs(difference) <= 1) return []
  if (difference < 0) return [`the source holds ${made} frames, ${-difference} more than its header says`]
  const isCut = difference > Math.max(12, expected.frames * 0.02)
  return [`only ${made} of ${expected.frames} frames could be decoded${isCut ? ': the file seems cut off or damaged' : ''}`]
}

/** When each frame begins, for sources of variable rate. */
export function frameTable({ packets, timeBase }: MadePicture): FrameTable {
  const starts = packets.map((packet) => packet.pts ?? 0)
  const last = packets.at(-1)
  const step = last?.duration || (starts.length > 1 ? (starts.at(-1) as number) - (starts.at(-2) as number) : 1)
  return { version: 1, timeBase, starts, ends: (starts.at(-1) ?? 0) + step }
}

const DAMAGE =
  /error while decoding|decode_slice_header error|concealing|Invalid data found|corrupt|Error submitting packet|invalid NAL|missing picture/i

/** A sentence when the decoder complained; null when it did not. */
export function damageSentence(stderr: string): string | null {
  const lines = stderr.split(/\r?\n/).filter((line) => DAMAGE.test(line)).length
  return lines === 0
    ? null
    : `parts of the source are damaged: the decoder complained ${lines >= 500 ? 'more than 500' : lines} time${lines === 1 ? '' : 's'}`
}
