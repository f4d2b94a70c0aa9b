import type { Fraction } from './technical.ts'

const MICROSECONDS = 1_000_000n

/** In lowest terms with a positive denominator. Throws RangeError for a zero denominator or parts beyond 2^53. */
export function fraction(num: number | bigint, den: number | bigint = 1): Fraction {
  const [top, bottom] = [BigInt(num), BigInt(den)]
  if (bottom === 0n) throw new RangeError('a fraction needs a denominator')
  const divisor = greatestCommonDivisor(top, bottom) * (bottom < 0n ? -1n : 1n)
  return { num: safe(top / divisor), den: safe(bottom / divisor) }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x === 0n ? 1n : x
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) throw new RangeError(`${value} is beyond 2^53`)
  return Number(value)
}

export const multiply = (a: Fraction, b: Fraction): Fraction => fraction(BigInt(a.num) * BigInt(b.num), BigInt(a.den) * BigInt(b.den))

export const divide = (a: Fraction, b: Fraction): Fraction => fraction(BigInt(a.num) * BigInt(b.den), BigInt(a.den) * BigInt(b.num))

/** Negative, zero or positive, as a sort wants it. */
export function compare(a: Fraction, b: Fraction): number {
  const difference = BigInt(a.num) * BigInt(b.den) - BigInt(b.num) * BigInt(a.den)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

export const isSameFraction = (a: Fraction, b: Fraction): boolean => compare(a, b) === 0

/** For display and for rough choices only: exactness ends here. */
export const toNumber = (value: Fraction): number => value.num / value.den

/** `25`, `30000/1001`: as ffmpeg takes it. */
export const fractionText = (value: Fraction): string => (value.den === 1 ? String(value.num) : `${value.num}/${value.den}`)

/** `24000/1001`, `25:1`, `25`; null for anything else, for a zero and for parts that are not whole. */
export function parseFraction(text: string | undefined): Fraction | null {
  const match = /^(\d{1,15})(?:[/:](\d{1,15}))?$/.exec(text ?? '')
  if (!match) return null
  const [num, den] = [BigInt(match[1] as string), BigInt(match[2] ?? '1')]
  return num === 0n || den === 0n ? null : fraction(num, den)
}

/** `value` ticks of one clock in ticks of another, to the nearest, halves away from zero. */
export function rescale(value: number, from: Fraction, to: Fraction): number {
  const top = BigInt(value) * BigInt(from.num) * BigInt(to.den)
  return safe(roundedQuotient(top, BigInt(from.den) * BigInt(to.num)))
}

function roundedQuotient(top: bigint, bottom: bigint): bigint {
  const negative = top < 0n !== bottom < 0n
  const [a, b] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom]
  const quotient = (2n * a + b) / (2n * b)
  return negative ? -quotient : quotient
}

/** When frame (or sample) `index` begins, in microseconds to the nearest. */
export const frameStartUs = (index: number, rate: Fraction): number =>
  safe(roundedQuotient(BigInt(index) * MICROSECONDS * BigInt(rate.den), BigInt(rate.num)))

/** The frame that is on screen at a time in microseconds; exact for every value that `frameStartUs` gave. */
export function frameAtUs(timeUs: number, rate: Fraction): number {
  const top = (2n * BigInt(Math.round(timeUs)) + 1n) * BigInt(rate.num)
  const bottom = 2n * MICROSECONDS * BigInt(rate.den)
  return safe(top >= 0n ? top / bottom : -((-top + bottom - 1n) / bottom))
}

/** Seconds at the middle of a frame: where a player must seek to show it whatever way it rounds. */
export const frameCentreSeconds = (index: number, rate: Fraction): number => ((index + 0.5) * rate.den) / rate.num

/** How many frames a duration holds, to the nearest. */
export const framesIn = (durationUs: number, rate: Fraction): number =>
  safe(roundedQuotient(BigInt(durationUs) * BigInt(rate.num), MICROSECONDS * BigInt(rate.den)))
