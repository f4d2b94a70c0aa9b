const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Bytes as people say them, in steps of 1000: `2.3 MB`. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  const step = Math.min(UNITS.length - 1, value < 1000 ? 0 : Math.floor(Math.log10(value) / 3))
  const scaled = value / 1000 ** step
  return `${step === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${UNITS[step]}`
}

/** Groups of three with thin blanks: `48 213`. */
export const count = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f')

const two = (value: number): string => String(value).padStart(2, '0')

/** `04:12`, `1:02:40`, `3 d`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds >= 2 * 86_400) return `${Math.floor(seconds / 86_400)} d`
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${rest}` : rest
}

/** How long a step took: `0.4 s`, `12 s`, then as a span. */
export function took(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : span(ms)
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** `2 min ago`; `now` below ten seconds. */
export function ago(iso: string, nowMs: number, locale = 'en'): string {
  const seconds = (Date.parse(iso) - nowMs) / 1000
  const format = new Intl.RelativeTimeFormat(locale, { style: 'short', numeric: 'auto' })
  for (const [unit, size] of STEPS) if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit)
  return Math.abs(seconds) < 10 ? format.format(0, 'second') : format.format(Math.round(seconds), 'second')
}

export const exact = (iso: string, locale = 'en-GB'): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(iso))

/** A rate in fps as people write it: `25`, `29.97`, `23.976`. */
export function fps(rate: { num: number; den: number }): string {
  const value = rate.num / rate.den
  return Number.isInteger(value) ? String(value) : String(Number(value.toFixed(3)))
}
