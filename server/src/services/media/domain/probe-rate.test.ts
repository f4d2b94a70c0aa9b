import { expect, test } from 'vitest'
import { decideRate, packetsAreFields } from './probe-rate.ts'

const milliseconds = { num: 1, den: 1_000 }
const at = (count: number, time: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, index) => Math.round(time(index)))

test('59.94 in Matroska, rounded to milliseconds, is 60000/1001 though the header says 1000', () => {
  const ticks = at(600, (index) => (index * 1_001) / 60)
  expect(decideRate({ ticks, timeBase: milliseconds, nominal: { num: 60, den: 1 }, average: { num: 1_000, den: 1 } })).toEqual({
    rate: { num: 60_000, den: 1_001 },
    variable: false,
    missing: 0,
  })
})

test('AVCHD at 25i whose r_frame_rate says 50: packets are fields, the rate is 25', () => {
  const packets = at(26, (index) => 93_600 + index * 1_800)
  const frames = at(13, (index) => 93_600 + index * 3_600)
  expect(packetsAreFields(packets, frames)).toBe(true)
  expect(packetsAreFields(frames, frames)).toBe(false)
  const answer = decideRate({
    ticks: frames,
    timeBase: { num: 1, den: 90_000 },
    nominal: { num: 50, den: 1 },
    average: { num: 25, den: 1 },
  })
  expect(answer.rate).toEqual({ num: 25, den: 1 })
})

test('a screen recording with a nominal 57600 is variable', () => {
  const ticks = [0, 64_236, 66_637, 68_072, 69_322, 69_627, 70_583, 72_755]
  expect(decideRate({ ticks, timeBase: { num: 1, den: 57_600 }, nominal: { num: 57_600, den: 1 }, average: null })).toEqual({
    rate: null,
    variable: true,
    missing: 0,
  })
})

test('an odd exact fraction is kept, jitter below a twentieth of a frame is forgiven', () => {
  const odd = { num: 90_000, den: 3_001 }
  expect(
    decideRate({ ticks: at(9, (index) => index * 3_001), timeBase: { num: 1, den: 90_000 }, nominal: odd, average: odd }).rate,
  ).toEqual(odd)
  const shaky = at(100, (index) => index * 3_600 + (index % 3) * 50)
  expect(decideRate({ ticks: shaky, timeBase: { num: 1, den: 90_000 }, nominal: null, average: null }).rate).toEqual({ num: 25, den: 1 })
})

test('a stream with two holes is constant with two frames missing, one with many is variable', () => {
  const holes = at(60, (index) => index * 3_750).filter((_, index) => index !== 1 && index !== 2)
  expect(decideRate({ ticks: holes, timeBase: { num: 1, den: 90_000 }, nominal: null, average: null })).toEqual({
    rate: { num: 24, den: 1 },
    variable: false,
    missing: 2,
  })
  const sieve = at(200, (index) => index * 3_750).filter((_, index) => index % 7 !== 3)
  expect(decideRate({ ticks: sieve, timeBase: { num: 1, den: 90_000 }, nominal: null, average: null }).variable).toBe(true)
})

test('one frame has the rate of its header, unless that is a clock', () => {
  const one = { ticks: [0], timeBase: milliseconds }
  expect(decideRate({ ...one, nominal: { num: 25, den: 1 }, average: null }).rate).toEqual({ num: 25, den: 1 })
  expect(decideRate({ ...one, nominal: { num: 90_000, den: 1 }, average: null }).rate).toBeNull()
})
