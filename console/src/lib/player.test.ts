import { describe, expect, test } from 'vitest'
import type { Technical } from '@capstan/contract/technical'
import { completed, filmClock } from './film-clock.ts'
import { shuttle } from './shuttle.ts'
import { mixOf, OPEN, placeLanes } from './sound-switches.ts'
import { follow, frameOf, panBy, ticks, within, xOf, zoomAt } from './timeline.ts'

const NTSC = { num: 30_000, den: 1_001 }
const film = (
  rate: { num: number; den: number },
  frames: number,
  start: { label: string; dropFrame: boolean } | null,
  variableRate = false,
) =>
  filmClock(
    {
      kind: 'video',
      rate,
      durationUs: Math.round((frames * rate.den * 1e6) / rate.num),
      technical: {
        video: [{ attachedPicture: false, rate, frameCount: frames, variableRate }],
        audio: [],
        format: { startTimecode: start && { ...start, rate, source: 'tmcd track' } },
      } as unknown as Technical,
    },
    null,
  )

describe('a film clock', () => {
  test('labels drop frame from the start timecode and reads them back', () => {
    const clock = film(NTSC, 4_000, { label: '10:00:00;00', dropFrame: true })
    expect(clock.label(1_799)).toBe('10:00:59;29')
    expect(clock.label(1_800)).toBe('10:01:00;02')
    expect(clock.parse('10:01:00;02')).toBe(1_800)
    expect(clock.parse('10:01:00;00')).toBeNull()
  })
  test('every frame is found again from its own middle', () => {
    const clock = film(NTSC, 4_000, null)
    for (let frame = 0; frame < 4_000; frame += 7) expect(clock.frameAt(clock.centre(frame))).toBe(frame)
  })
  test('takes short forms, from zero where the film starts elsewhere', () => {
    const clock = film({ num: 25, den: 1 }, 500, { label: '10:00:00:00', dropFrame: false })
    expect(clock.parse('1207')).toBe(12 * 25 + 7)
    expect(clock.parse('12:07')).toBe(307)
    expect(clock.parse('137f')).toBe(137)
    expect(clock.parse('99:00')).toBeNull()
    expect(completed('5')).toBe('00:00:00:05')
  })
  test('never shows timecode at a variable rate', () => {
    expect(film({ num: 30, den: 1 }, 90, null, true).label(45)).toBe('00:00:01.500')
  })
  test('finds frames by their table where the rate varies', () => {
    const clock = filmClock(
      { kind: 'video', rate: { num: 30, den: 1 }, durationUs: 1e6, technical: null },
      { version: 1, timeBase: { num: 1, den: 1_000 }, starts: [0, 100, 500], ends: 1_000 },
    )
    expect(clock.frames).toBe(3)
    expect(clock.frameAt(0.499)).toBe(1)
    expect(clock.centre(1)).toBeCloseTo(0.3)
  })
  test('counts samples of sound, a hundredth of a second a step', () => {
    const clock = filmClock(
      { kind: 'audio', rate: null, durationUs: 2e6, technical: { video: [], audio: [{ sampleRate: 44_100 }] } as unknown as Technical },
      null,
    )
    expect(clock).toMatchObject({ frames: 88_200, stride: 441, labels: 'time' })
    expect(clock.label(44_100)).toBe('00:00:01.000')
  })
})

test('J, K and L', () => {
  expect(
    ['l', 'l', 'l', 'l', 'l', 'j', 'j', 'k'].reduce<number[]>(
      (speeds, key) => [...speeds, shuttle(speeds.at(-1) ?? 0, key as 'j' | 'k' | 'l')],
      [],
    ),
  ).toEqual([1, 2, 4, 4, 4, -1, -2, 0])
})

describe('a timeline', () => {
  test('never leaves the film', () => {
    expect(within({ from: -50, to: 2_000 }, 1_000)).toEqual({ from: 0, to: 1_000 })
    expect(panBy({ from: 800, to: 900 }, 500, 1_000)).toEqual({ from: 900, to: 1_000 })
  })
  test('keeps the frame under the pointer when it comes closer', () => {
    const view = zoomAt({ from: 0, to: 1_000 }, 250, 0.5, 1_000)
    expect(xOf(250, view, 800)).toBeCloseTo(xOf(250, { from: 0, to: 1_000 }, 800))
  })
  test('turns pages while it plays', () => {
    expect(follow({ from: 0, to: 100 }, 100, 1_000)).toEqual({ from: 90, to: 190 })
    expect(follow({ from: 0, to: 100 }, 50, 1_000)).toEqual({ from: 0, to: 100 })
  })
  test('finds frames under pixels', () => {
    expect(frameOf(-5, { from: 0, to: 100 }, 200, 100)).toBe(0)
    expect(frameOf(199, { from: 0, to: 100 }, 200, 100)).toBe(99)
  })
  test('labels whole seconds', () => {
    expect(ticks({ from: 0, to: 500 }, 1_000, 25)).toEqual([0, 125, 250, 375])
    expect(ticks({ from: 0, to: 20 }, 1_000, 25)[1]).toBe(5)
  })
})

describe('solo and mute', () => {
  test('lanes are found in pairs, one by one, or in the proxy', () => {
    expect(placeLanes(8, 4)?.[5]).toEqual({ source: 3, channels: [1] })
    expect(placeLanes(3, 3)?.[2]).toEqual({ source: 3, channels: [0, 1] })
    expect(placeLanes(2, 0)?.[1]).toEqual({ source: 0, channels: [1] })
    expect(placeLanes(8, 3)).toBeNull()
  })
  test('without a switch the monitor is heard', () => {
    expect(mixOf([OPEN, OPEN], placeLanes(2, 0), 1)).toEqual([{ left: [1, 0], right: [0, 1] }])
  })
  test('a single channel goes to both ears', () => {
    expect(mixOf([OPEN, { mute: false, solo: true }], placeLanes(2, 0), 1)).toEqual([{ left: [0, 1], right: [0, 1] }])
  })
  test('a lane of a file beside silences the monitor', () => {
    const switches = [OPEN, OPEN, { mute: true, solo: false }, OPEN]
    expect(mixOf(switches, placeLanes(4, 2), 3)).toEqual([
      { left: [0, 0], right: [0, 0] },
      { left: [1, 0], right: [0, 1] },
      { left: [0, 0], right: [0, 1] },
    ])
  })
})
