import type { AssetSummary } from '@capstan/contract/assets'
import { framesIn } from '@capstan/contract/rational'
import { labelsPerSecond, timecodeLabel } from '@capstan/contract/timecode'

const two = (value: number): string => String(value).padStart(2, '0')

/** `hh:mm:ss.mmm` of a time in seconds: where there are no frames to count. */
export function clockLabel(seconds: number): string {
  const ms = Math.max(0, Math.round(seconds * 1000))
  return `${two(Math.floor(ms / 3_600_000))}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`
}

/** How long an asset is: as timecode where it has frames, as a clock where it has none; null for what has no duration. */
export function durationLabel({ durationUs, rate }: Pick<AssetSummary, 'durationUs' | 'rate'>): string | null {
  if (durationUs === null) return null
  if (!rate || rate.den <= 0 || labelsPerSecond(rate) < 1) return clockLabel(durationUs / 1e6).slice(0, 8)
  return timecodeLabel(framesIn(durationUs, rate), { rate, dropFrame: false })
}

const FRAME_RATE_MAX = 300

/** The label of a frame from zero, or the time of a sample of sound. */
export const indexLabel = (index: number, rate: { num: number; den: number }): string =>
  rate.num / rate.den <= FRAME_RATE_MAX && labelsPerSecond(rate) >= 1
    ? timecodeLabel(index, { rate, dropFrame: false })
    : clockLabel((index * rate.den) / rate.num)
