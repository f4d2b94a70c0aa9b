import { isSameFraction } from './rational.ts'
import type { Fraction } from './technical.ts'

/** How frames are counted: SMPTE ST 12-1. Drop frame exists at 30000/1001 and 60000/1001 only. */
export type TimecodeFormat = { rate: Fraction; dropFrame: boolean }

/** At 50 frames and more, `frames` counts 0-59 and `pairs` counts every two frames once, the second marked with `*`. */
export type TimecodeStyle = 'frames' | 'pairs'

const DROP_RATES: readonly Fraction[] = [
  { num: 30_000, den: 1_001 },
  { num: 60_000, den: 1_001 },
]

export const canDropFrames = (rate: Fraction): boolean => DROP_RATES.some((dropRate) => isSameFraction(rate, dropRate))

/** Labels a second: 24 for 23.976, 30 for 29.97, 60 for 59.94. */
export const labelsPerSecond = (rate: Fraction): number => Math.round(rate.num / rate.den)

const dropped = ({ rate, dropFrame }: TimecodeFormat): number => (dropFrame ? labelsPerSecond(rate) / 15 : 0)

/** Frames between two midnights: 2,589,408 at 29.97 drop frame. Throws RangeError where the rate cannot carry timecode. */
export function framesPerDay(format: TimecodeFormat): number {
  const base = labelsPerSecond(format.rate)
  if (base < 1) throw new RangeError(`a rate of ${format.rate.num}/${format.rate.den} carries no timecode`)
  if (format.dropFrame && !canDropFrames(format.rate)) throw new RangeError('drop frame exists at 29.97 and 59.94 only')
  return base * 86_400 - dropped(format) * (1_440 - 144)
}

/** The label of a frame counted from midnight; wraps at midnight both ways. Drop frame has `;` before the frames. */
export function timecodeLabel(frame: number, format: TimecodeFormat, style: TimecodeStyle = 'frames'): string {
  const day = framesPerDay(format)
  const base = labelsPerSecond(format.rate)
  const number = withDropped(((frame % day) + day) % day, base, dropped(format))
  const seconds = Math.floor(number / base)
  const isPairs = style === 'pairs' && base >= 48
  const within = number % base
  const frames = twoDigits(isPairs ? Math.floor(within / 2) : within) + (isPairs && within % 2 === 1 ? '*' : '')
  const clock = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits).join(':')
  return `${clock}${format.dropFrame ? ';' : ':'}${frames}`
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** Frame number plus the labels left out before it: `drop` each minute but every tenth. */
function withDropped(frame: number, base: number, drop: number): number {
  if (drop === 0) return frame
  const perMinute = base * 60 - drop
  const perTenMinutes = base * 600 - drop * 9
  const [tens, rest] = [Math.floor(frame / perTenMinutes), frame % perTenMinutes]
  const minutes = rest < base * 60 ? 0 : 1 + Math.floor((rest - base * 60) / perMinute)
  return frame + drop * (tens * 9 + minutes)
}

/**
 * The frame from midnight that a label names, or null: bad shape, a number out of range, a label that drop frame leaves out. The separator
 * before the frames may be any of `: ; . ,`; the format decides, not the text.
 */
export function parseTimecode(label: string, format: TimecodeFormat, style: TimecodeStyle = 'frames'): number | null {
  const match = /^(\d{2}):(\d{2})[:;](\d{2})[:;.,](\d{2})(\*?)$/.exec(label.trim())
  if (!match) return null
  const [hours, minutes, seconds, shown] = match.slice(1, 5).map(Number) as [number, number, number, number]
  const base = labelsPerSecond(format.rate)
  const isPairs = style === 'pairs' && base >= 48
  if (match[5] === '*' && !isPairs) return null
  const frames = isPairs ? shown * 2 + (match[5] === '*' ? 1 : 0) : shown
  if (hours > 23 || minutes > 59 || seconds > 59 || frames >= base) return null
  const drop = dropped(format)
  if (drop > 0 && !canDropFrames(format.rate)) return null
  if (frames < drop && seconds === 0 && minutes % 10 !== 0) return null
  const minutesTotal = hours * 60 + minutes
  return (minutesTotal * 60 + seconds) * base + frames - drop * (minutesTotal - Math.floor(minutesTotal / 10))
}

/** True where the text itself says drop frame. */
export const looksDropFrame = (label: string): boolean => /[;,]\d{2}\*?$/.test(label.trim())

/** The label of frame `index` of something that starts at `startLabel`; null when that label is none of this format. */
export function labelAt(index: number, startLabel: string, format: TimecodeFormat, style: TimecodeStyle = 'frames'): string | null {
  const start = parseTimecode(startLabel, format)
  return start === null ? null : timecodeLabel(start + index, format, style)
}
