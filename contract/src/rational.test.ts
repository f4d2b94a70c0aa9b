import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  compare,
  divide,
  fraction,
  fractionText,
  frameAtUs,
  frameCentreSeconds,
  framesIn,
  frameStartUs,
  multiply,
  parseFraction,
  rescale,
} from './rational.ts'

const rates = [
  { num: 24_000, den: 1_001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30_000, den: 1_001 },
  { num: 50, den: 1 },
  { num: 60_000, den: 1_001 },
  { num: 48_000, den: 1 },
]

test('a fraction is kept in lowest terms with a positive denominator', () => {
  expect(fraction(60_000, 2_002)).toEqual({ num: 30_000, den: 1_001 })
  expect(fraction(1, -2)).toEqual({ num: -1, den: 2 })
  expect(fraction(0, 7)).toEqual({ num: 0, den: 1 })
  expect(() => fraction(1, 0)).toThrow(RangeError)
  expect(() => fraction(2n ** 60n, 1)).toThrow(RangeError)
})

test('text is parsed as ffmpeg and MXF write it, and nonsense is null', () => {
  expect(parseFraction('30000/1001')).toEqual({ num: 30_000, den: 1_001 })
  expect(parseFraction('16:15')).toEqual({ num: 16, den: 15 })
  for (const text of ['0/0', '0/1', '25/0', '', 'N/A', '-1/2', '1.5', undefined]) expect(parseFraction(text)).toBeNull()
  expect(fractionText({ num: 25, den: 1 })).toBe('25')
})

test('products, quotients and order are exact where floats are not', () => {
  expect(multiply({ num: 1_001, den: 30_000 }, { num: 30_000, den: 1_001 })).toEqual({ num: 1, den: 1 })
  expect(divide({ num: 1_920, den: 1_080 }, { num: 16, den: 15 })).toEqual({ num: 5, den: 3 })
  expect(compare({ num: 30_000, den: 1_001 }, { num: 2_997, den: 100 })).toBe(1)
})

test('golden times: frame 1,800 of 29.97 begins at 60.06 s, sample 48,000 at 1 s', () => {
  expect(frameStartUs(1_800, { num: 30_000, den: 1_001 })).toBe(60_060_000)
  expect(frameStartUs(1, { num: 24_000, den: 1_001 })).toBe(41_708)
  expect(frameStartUs(48_000, { num: 48_000, den: 1 })).toBe(1_000_000)
  expect(framesIn(60_060_000, { num: 30_000, den: 1_001 })).toBe(1_800)
  expect(frameCentreSeconds(0, { num: 25, den: 1 })).toBe(0.02)
  expect(rescale(90_000, { num: 1, den: 90_000 }, { num: 1, den: 48_000 })).toBe(48_000)
  expect(rescale(-3, { num: 1, den: 2 }, { num: 1, den: 1 })).toBe(-2)
})

test('a frame found by its own start, its middle or two microseconds before its end is that frame', () => {
  fc.assert(
    fc.property(fc.constantFrom(...rates), fc.integer({ min: 0, max: 60 * 86_400 * 30 }), (rate, index) => {
      expect(frameAtUs(frameStartUs(index, rate), rate)).toBe(index)
      expect(frameAtUs(frameStartUs(index + 1, rate) - 2, rate)).toBe(index)
      expect(frameAtUs(frameCentreSeconds(index, rate) * 1e6, rate)).toBe(index)
    }),
  )
  expect(frameAtUs(-1, { num: 25, den: 1 })).toBe(-1)
})
