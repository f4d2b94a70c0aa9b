import type { Technical } from '@capstan/contract/technical'
import { tableFrameAt, tableFrameCentre, type FrameTable } from '@capstan/contract/frame-table'
import { frameAtUs, frameCentreSeconds, framesIn } from '@capstan/contract/rational'
import { labelsPerSecond, parseTimecode, timecodeLabel } from '@capstan/contract/timecode'
import { clockLabel } from './timecode.ts'

type Rate = { num: number; den: number }

/** How one film counts: frames (or samples of sound), their times and their labels. */
export type FilmClock = {
  frames: number
  rate: Rate
  /** How many indexes one arrow key moves: one frame, or a hundredth of a second of sound. */
  stride: number
  /** `frame`: labels are timecode; `time`: labels are a clock, where the rate varies or there is only sound. */
  labels: 'frame' | 'time'
  frameAt(seconds: number): number
  /** Where a player must seek to show the frame, whatever way it rounds. */
  centre(frame: number): number
  label(frame: number): string
  /** A length in frames, counted from zero. */
  length(frames: number): string
  /** The frame that a typed label names, from the start timecode or from zero; null when there is none. */
  parse(text: string): number | null
}

export type FilmFacts = { technical: Technical | null; rate: Rate | null; durationUs: number | null; kind: string }

/** The clock of an asset; `table` gives the times of frames where the rate varies. */
export function filmClock({ technical, rate, durationUs, kind }: FilmFacts, table: FrameTable | null): FilmClock {
  const video = technical?.video.find(({ attachedPicture }) => !attachedPicture)
  if (table) return tableClock(table)
  const frameRate = video?.rate ?? rate ?? video?.averageRate ?? video?.nominalRate
  if (kind === 'audio' || !frameRate) return soundClock(technical?.audio[0]?.sampleRate ?? 48_000, durationUs ?? 0)
  const frames = video?.frameCount ?? (durationUs === null ? 0 : framesIn(durationUs, frameRate))
  const start = technical?.format.startTimecode ?? null
  const isVariable = video?.variableRate ?? false
  return isVariable || labelsPerSecond(frameRate) < 1
    ? { ...constant(frameRate, frames), ...clocked(frameRate) }
    : withTimecode(frameRate, frames, start)
}

const clamp = (value: number, frames: number): number => Math.max(0, Math.min(Math.max(0, frames - 1), value))

const constant = (rate: Rate, frames: number) => ({
  frames,
  rate,
  stride: 1,
  frameAt: (seconds: number) => clamp(frameAtUs(Math.round(seconds * 1e6), rate), frames),
  centre: (frame: number) => frameCentreSeconds(clamp(frame, frames), rate),
})

function withTimecode(rate: Rate, frames: number, start: NonNullable<Technical['format']['startTimecode']> | null): FilmClock {
  const dropFrame = start?.dropFrame ?? false
  const format = { rate, dropFrame }
  const first = start ? (parseTimecode(start.label, format) ?? 0) : 0
  const base = constant(rate, frames)
  return {
    ...base,
    labels: 'frame',
    label: (frame) => timecodeLabel(first + frame, format),
    length: (count) => timecodeLabel(count, format),
    parse(text) {
      const typed = parseTimecode(completed(text), format)
      if (typed === null) return /^\d+f$/i.test(text.trim()) ? clamp(parseInt(text, 10), frames) : null
      const inside = typed - first
      return inside >= 0 && inside < frames ? inside : typed < frames ? typed : null
    },
  }
}

/** `1207` is 00:00:12:07, `12:07` too: the digits stand at the right, as on every deck. */
export function completed(text: string): string {
  const parts = text.trim().split(/[:;.,]/)
  const pairs = parts.length > 1 ? parts.map((part) => part.padStart(2, '0')) : (parts[0] ?? '').padStart(8, '0').match(/../g)
  if (!pairs || pairs.length > 4 || pairs.some((pair) => !/^\d\d$/.test(pair))) return ''
  return [...Array.from({ length: 4 - pairs.length }, () => '00'), ...pairs].join(':')
}

const parseClock = (text: string): number | null => {
  const match = /^(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d+)?)$/.exec(text.trim())
  return match ? Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number((match[3] ?? '0').replace(',', '.')) : null
}

const clocked = (rate: Rate) => {
  const seconds = (frame: number) => (frame * rate.den) / rate.num
  return {
    labels: 'time' as const,
    label: (frame: number) => clockLabel(seconds(frame)),
    length: (count: number) => clockLabel(seconds(count)),
    parse: (text: string) => {
      const typed = parseClock(text)
      return typed === null ? null : Math.floor((typed * rate.num) / rate.den + 1e-6)
    },
  }
}

function soundClock(sampleRate: number, durationUs: number): FilmClock {
  const rate = { num: sampleRate, den: 1 }
  return { ...constant(rate, framesIn(durationUs, rate)), ...clocked(rate), stride: Math.round(sampleRate / 100) }
}

function tableClock(table: FrameTable): FilmClock {
  const frames = table.starts.length
  // The mean: only for lengths and for how fast backwards is.
  const rate = { num: frames * table.timeBase.den, den: table.ends * table.timeBase.num }
  const seconds = (frame: number) => ((table.starts[clamp(frame, frames)] ?? 0) * table.timeBase.num) / table.timeBase.den
  return {
    frames,
    rate,
    stride: 1,
    labels: 'time',
    frameAt: (time) => tableFrameAt(table, time),
    centre: (frame) => tableFrameCentre(table, clamp(frame, frames)),
    label: (frame) => clockLabel(seconds(frame)),
    length: (count) => clockLabel((count * rate.den) / rate.num),
    parse: (text) => {
      const typed = parseClock(text)
      return typed === null ? null : tableFrameAt(table, typed)
    },
  }
}
