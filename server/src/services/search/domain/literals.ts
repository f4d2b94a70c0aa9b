import type { DateField, NumberField } from './fields.ts'

/** From and to that a written value covers, both inclusive: a day is 24 hours, a number is itself. Null when it cannot be read. */
export type Interval = { readonly from: number; readonly to: number }

const COLONS = /^(\d{1,3}):([0-5]?\d)(?::([0-5]?\d))?(\.\d{1,9})?$/
const QUANTITY = /^(\d{1,15}(?:\.\d{1,9})?|\.\d{1,9})\s*([a-zA-Z]*)/

/** `1.5GB`, `1m30s`, `1:30`, `-3`, `29.97`; units are the field's. */
export function readNumber(field: NumberField, text: string): number | null {
  const trimmed = text.trim()
  if (trimmed.startsWith('-')) return trimmed.length > 1 && !trimmed.startsWith('--') ? negated(readNumber(field, trimmed.slice(1))) : null
  const colons = 's' in field.units ? COLONS.exec(trimmed) : null
  if (colons) return clockSeconds(colons)
  let rest = trimmed
  let total = 0
  do {
    const quantity = QUANTITY.exec(rest)
    const factor = quantity ? factorOf(field, quantity[2]!) : null
    if (!quantity || factor === null) return null
    total += Number(quantity[1]) * factor
    rest = rest.slice(quantity[0].length).trim()
  } while (rest !== '')
  return total
}

const factorOf = (field: NumberField, unit: string): number | null => (unit === '' ? 1 : (field.units[unit.toLowerCase()] ?? null))
const negated = (value: number | null): number | null => (value === null ? null : -value)

/** `m:ss` or `h:mm:ss`. */
function clockSeconds([, first, second, third, fraction]: RegExpExecArray): number {
  const parts = third === undefined ? [0, Number(first), Number(second)] : [Number(first), Number(second), Number(third)]
  return parts[0]! * 3_600 + parts[1]! * 60 + parts[2]! + Number(fraction ?? 0)
}

const DATE = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/
const RELATIVE = /^(now|today|yesterday)((?:\s*[+-]\s*\d{1,6}\s*(?:y|M|w|d|h|m|s|min))*)$/
const STEP = /([+-])\s*(\d+)\s*(y|M|w|d|h|min|m|s)/g
const STEP_MS: Readonly<Record<string, number>> = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, min: 60_000, s: 1_000 }
const DAY_MS = 86_400_000

/** `2026`, `2026-11`, `2026-11-22`, `2026-11-22T10:00`, `now-7d`, `today`, `yesterday+2h`, in UTC unless it names an offset. */
export function readDate(_field: DateField, text: string, nowMs: number): Interval | null {
  const trimmed = text.trim()
  const relative = RELATIVE.exec(trimmed)
  if (relative) return relativeInterval(relative[1]!, relative[2]!, nowMs)
  const date = DATE.exec(trimmed)
  return date ? absoluteInterval(date) : null
}

function relativeInterval(word: string, steps: string, nowMs: number): Interval | null {
  const isDay = word !== 'now'
  const midnight = nowMs - (((nowMs % DAY_MS) + DAY_MS) % DAY_MS)
  let at = isDay ? midnight - (word === 'yesterday' ? DAY_MS : 0) : nowMs
  for (const [, sign, count, unit] of steps.matchAll(STEP)) at = stepped(at, sign === '-' ? -Number(count) : Number(count), unit!)
  return Number.isFinite(at) ? { from: at, to: isDay ? at + DAY_MS - 1 : at } : null
}

/** A calendar step keeps to the last day where the month is shorter. */
function stepped(at: number, count: number, unit: string): number {
  if (unit !== 'y' && unit !== 'M') return at + count * STEP_MS[unit]!
  const date = new Date(at)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + count * (unit === 'y' ? 12 : 1))
  date.setUTCDate(Math.min(day, new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()))
  return date.getTime()
}

function absoluteInterval([, year, month, day, hour, minute, second, milli, zone]: RegExpExecArray): Interval | null {
  const parts = [Number(month ?? 1), Number(day ?? 1), Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)] as const
  const from = utc(Number(year), ...parts) + Number((milli ?? '0').padEnd(3, '0'))
  if (!isReal(from, Number(year), ...parts)) return null
  const to = endOf(from, { month, day, hour, second, milli })
  const offset = offsetMs(zone)
  return { from: from - offset, to: to - offset }
}

type Precision = {
  month: string | undefined
  day: string | undefined
  hour: string | undefined
  second: string | undefined
  milli: string | undefined
}

function endOf(from: number, { month, day, hour, second, milli }: Precision): number {
  const date = new Date(from)
  if (month === undefined) return utc(date.getUTCFullYear() + 1, 1) - 1
  if (day === undefined) return utc(date.getUTCFullYear(), date.getUTCMonth() + 2) - 1
  if (hour === undefined) return from + DAY_MS - 1
  if (second === undefined) return from + 59_999
  return milli === undefined ? from + 999 : from
}

function utc(year: number, month: number, day = 1, hour = 0, minute = 0, second = 0): number {
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second))
  return date.setUTCFullYear(year + date.getUTCFullYear() - 2000, month > 12 ? 0 : month - 1, day)
}

/** 31 February and 25 o'clock are refused, not carried over. */
function isReal(at: number, year: number, month: number, day: number, hour: number, minute: number, second: number): boolean {
  const date = new Date(at)
  const fits = month >= 1 && month <= 12 && hour <= 23 && minute <= 59 && second <= 59
  return fits && date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
