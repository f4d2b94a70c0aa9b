import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TimecodeFormat } from './timecode.ts'
import { canDropFrames, framesPerDay, labelAt, looksDropFrame, parseTimecode, timecodeLabel } from './timecode.ts'

const formats = {
  '23.976': { rate: { num: 24_000, den: 1_001 }, dropFrame: false },
  '24': { rate: { num: 24, den: 1 }, dropFrame: false },
  '25': { rate: { num: 25, den: 1 }, dropFrame: false },
  '29.97 drop': { rate: { num: 30_000, den: 1_001 }, dropFrame: true },
  '29.97': { rate: { num: 30_000, den: 1_001 }, dropFrame: false },
  '30': { rate: { num: 30, den: 1 }, dropFrame: false },
  '50': { rate: { num: 50, den: 1 }, dropFrame: false },
  '59.94 drop': { rate: { num: 60_000, den: 1_001 }, dropFrame: true },
  '59.94': { rate: { num: 60_000, den: 1_001 }, dropFrame: false },
} satisfies Record<string, TimecodeFormat>

/** Counted by hand or from SMPTE ST 12-1. */
test.each([
  ['23.976', 86_399, '00:59:59:23'],
  ['23.976', 86_400, '01:00:00:00'],
  ['25', 900_000, '10:00:00:00'],
  ['25', 2_159_999, '23:59:59:24'],
  ['29.97 drop', 1_799, '00:00:59;29'],
  ['29.97 drop', 1_800, '00:01:00;02'],
  ['29.97 drop', 3_597, '00:01:59;29'],
  ['29.97 drop', 3_598, '00:02:00;02'],
  ['29.97 drop', 17_981, '00:09:59;29'],
  ['29.97 drop', 17_982, '00:10:00;00'],
  ['29.97 drop', 107_892, '01:00:00;00'],
  ['29.97 drop', 2_589_407, '23:59:59;29'],
  ['29.97', 1_800, '00:01:00:00'],
  ['30', 108_000, '01:00:00:00'],
  ['50', 49, '00:00:00:49'],
  ['59.94 drop', 3_599, '00:00:59;59'],
  ['59.94 drop', 3_600, '00:01:00;04'],
  ['59.94 drop', 35_964, '00:10:00;00'],
  ['59.94 drop', 215_784, '01:00:00;00'],
  ['59.94 drop', 5_178_815, '23:59:59;59'],
  ['59.94', 3_600, '00:01:00:00'],
] as const)('at %s frame %i is %s, and back', (name, frame, label) => {
  expect(timecodeLabel(frame, formats[name])).toBe(label)
  expect(parseTimecode(label, formats[name])).toBe(frame)
})

test.each(Object.entries(formats))('at %s labels wrap at midnight, both ways', (_, format) => {
  const day = framesPerDay(format)
  expect(timecodeLabel(day, format)).toBe(timecodeLabel(0, format))
  expect(timecodeLabel(-1, format)).toBe(timecodeLabel(day - 1, format))
})

test('a day has 2,589,408 frames at 29.97 drop and 5,178,816 at 59.94 drop', () => {
  expect(framesPerDay(formats['29.97 drop'])).toBe(2_589_408)
  expect(framesPerDay(formats['59.94 drop'])).toBe(5_178_816)
})

test.each(Object.entries(formats))('at %s every label comes back and each follows the one before', (_, format) => {
  for (let frame = 0; frame < framesPerDay(format); frame += 997) expect(parseTimecode(timecodeLabel(frame, format), format)).toBe(frame)
  const labels = Array.from({ length: 40_000 }, (_, frame) => timecodeLabel(frame, format))
  expect(new Set(labels).size).toBe(labels.length)
  expect([...labels].sort()).toEqual(labels)
})

test('any frame number, far out of the day too, gives a label that is found again', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(formats)), fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), (format, frame) => {
      const day = framesPerDay(format)
      expect(parseTimecode(timecodeLabel(frame, format), format)).toBe(((frame % day) + day) % day)
    }),
  )
})

test('frame pairs count to 29 at 59.94 with the second of each marked, and come back', () => {
  const format = formats['59.94 drop']
  expect(timecodeLabel(3_599, format, 'pairs')).toBe('00:00:59;29*')
  expect(timecodeLabel(3_600, format, 'pairs')).toBe('00:01:00;02')
  for (let frame = 0; frame < 40_000; frame += 7) expect(parseTimecode(timecodeLabel(frame, format, 'pairs'), format, 'pairs')).toBe(frame)
  expect(timecodeLabel(10, formats['25'], 'pairs')).toBe('00:00:00:10')
})

test.each([
  ['29.97 drop', '00:01:00;00'],
  ['29.97 drop', '00:01:00;01'],
  ['59.94 drop', '00:01:00;03'],
  ['25', '24:00:00:00'],
  ['25', '00:60:00:00'],
  ['25', '00:00:60:00'],
  ['25', '00:00:00:25'],
  ['25', '0:00:00:00'],
  ['25', '00:00:00:01*'],
  ['25', 'hello'],
  ['25', ''],
] as const)('at %s the label %s is refused', (name, label) => {
  expect(parseTimecode(label, formats[name])).toBeNull()
})

test('drop frame at any other rate is refused', () => {
  expect(canDropFrames({ num: 24_000, den: 1_001 })).toBe(false)
  expect(() => timecodeLabel(0, { rate: { num: 24_000, den: 1_001 }, dropFrame: true })).toThrow(RangeError)
  expect(parseTimecode('00:00:00;00', { rate: { num: 25, den: 1 }, dropFrame: true })).toBeNull()
})

test('a clip that starts at 00:00:55;00 crosses the dropped minute, one of 23:58:30:00 crosses midnight', () => {
  expect(labelAt(150, '00:00:55;00', formats['29.97 drop'])).toBe('00:01:00;02')
  expect(labelAt(90 * 25, '23:58:30:00', formats['25'])).toBe('00:00:00:00')
  expect(labelAt(0, '99:00:00:00', formats['25'])).toBeNull()
  expect(looksDropFrame('00:00:55;00')).toBe(true)
  expect(looksDropFrame('00:00:55:00')).toBe(false)
})
