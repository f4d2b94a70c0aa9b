import { expect, test } from 'vitest'
import { presentedAt, heardSamples } from './edit-list.ts'
import { tableFrameAt, tableFrameCentre } from './frame-table.ts'
import type { FrameTable } from './frame-table.ts'

const table: FrameTable = { version: 1, timeBase: { num: 1, den: 1_000 }, starts: [0, 33, 41, 700, 733], ends: 766 }

test('a time between two starts belongs to the earlier frame', () => {
  expect([-1, 0, 0.032, 0.033, 0.04, 0.041, 0.699, 0.7, 5].map((seconds) => tableFrameAt(table, seconds))).toEqual([
    0, 0, 0, 1, 1, 2, 2, 3, 4,
  ])
})

test('the middle of every frame finds that frame', () => {
  for (let index = 0; index < table.starts.length; index++) expect(tableFrameAt(table, tableFrameCentre(table, index))).toBe(index)
  expect(() => tableFrameCentre(table, 5)).toThrow(RangeError)
})

test('an edit list cuts AAC priming, delays by an empty edit and leaves the rest out', () => {
  const scales = { movie: 1_000, track: 48_000 }
  expect(presentedAt(1_024, [{ mediaTime: 1_024, duration: 2_000 }], scales)).toBe(0)
  expect(presentedAt(0, [{ mediaTime: 1_024, duration: 2_000 }], scales)).toBeNull()
  expect(
    presentedAt(
      0,
      [
        { mediaTime: -1, duration: 500 },
        { mediaTime: 0, duration: 1_000 },
      ],
      scales,
    ),
  ).toBe(24_000)
  expect(presentedAt(48_000, [{ mediaTime: 0, duration: 1_000 }], scales)).toBeNull()
  expect(presentedAt(7, [], scales)).toBe(7)
  expect(heardSamples(98_304, 1_024, 1_280)).toBe(96_000)
})
