import { expect, test } from 'vitest'
import { chooseKeyframes, intoShots, pictureIntervalS, type Sighting } from './keyframe-choice.ts'
import { choosePoster, lineUpEndUs } from './keyframe-poster.ts'
import type { FrameLook } from './keyframe-look.ts'

const GOOD: FrameLook = { lumaMean: 110, lumaDeviation: 50, entropy: 7, bars: false, signature: new Uint8Array(64) }
const BLACK: FrameLook = { ...GOOD, lumaMean: 1, lumaDeviation: 0.5, entropy: 0.3 }
const BARS: FrameLook = { ...GOOD, bars: true }
const CLOCK: FrameLook = { ...GOOD, lumaDeviation: 45, entropy: 5 }

let shade = 0
/** Looks that differ, as frames of a moving scene do. */
const moving = (look: FrameLook = GOOD): FrameLook => ({ ...look, signature: new Uint8Array(64).fill((shade += 10) % 30) })
const film = (looks: readonly FrameLook[], cuts: readonly number[] = []): Sighting[] =>
  looks.map((look, i) => ({ tile: i, timeUs: i * 1e6, cut: cuts.includes(i), sceneScore: 0, look }))
const seconds = (count: number, look: () => FrameLook) => Array.from({ length: count }, look)

test('a picture each second, 2,000 in a film of any length, ten in a short clip', () => {
  expect(pictureIntervalS(60)).toBe(1)
  expect(pictureIntervalS(7200)).toBeCloseTo(3.6)
  expect(pictureIntervalS(2)).toBeCloseTo(0.2)
  expect(pictureIntervalS(null)).toBe(1)
})

test('a film with few pictures keeps them all', () => {
  expect(chooseKeyframes(film(seconds(30, moving), [10]))).toHaveLength(30)
})

test('a still scene has one key frame', () => {
  expect(chooseKeyframes(film(seconds(300, () => GOOD))).map(({ tile }) => tile)).toEqual([0])
})

test('each shot has its first frame, and the rest is shared by length', () => {
  const chosen = chooseKeyframes(film(seconds(2000, moving), [1000, 1001, 1002]), 100)
  const tiles = chosen.map(({ tile }) => tile)
  expect(tiles).toHaveLength(100)
  expect(tiles).toEqual(expect.arrayContaining([0, 1000, 1001, 1002]))
  expect(tiles.filter((tile) => tile < 1000).length).toBeGreaterThan(40)
  expect(tiles.filter((tile) => tile > 1002).length).toBeGreaterThan(40)
  expect(tiles).toEqual([...tiles].sort((a, b) => a - b))
})

test('more shots than key frames: the limit holds', () => {
  const everyFrame = Array.from({ length: 3000 }, (_, i) => i)
  expect(chooseKeyframes(film(seconds(3000, moving), everyFrame))).toHaveLength(600)
})

test('a picture quite unlike the one before begins a shot, cut or not', () => {
  const other = { ...GOOD, signature: new Uint8Array(64).fill(200) }
  expect(intoShots(film([GOOD, GOOD, other, other]))).toHaveLength(2)
})

test('the poster is near a tenth of the film, and neither black nor bars', () => {
  const looks = [...seconds(5, () => BARS), BLACK, ...seconds(94, moving)]
  const poster = choosePoster(film(looks, [5, 6]))
  expect(poster!.tile).toBeGreaterThan(6)
  expect(poster!.tile).toBeLessThan(20)
})

test('a fade of the same shot loses against the picture at its full contrast', () => {
  const faded = { ...GOOD, lumaDeviation: 20, entropy: 6 }
  expect(choosePoster(film([GOOD, faded, faded, faded]))!.tile).toBe(0)
})

test('after bars, the clock before the last black is line-up too', () => {
  const looks = [...seconds(30, () => BARS), BLACK, ...seconds(20, () => CLOCK), BLACK, ...seconds(120, moving)]
  const sightings = film(looks)
  expect(lineUpEndUs(sightings)).toBe(51e6 + 1)
  expect(choosePoster(sightings)!.tile).toBeGreaterThan(51)
})

test('a film of bars or of black has a poster all the same', () => {
  expect(choosePoster(film(seconds(3, () => BARS)))).not.toBeNull()
  expect(choosePoster(film(seconds(3, () => BLACK)))).not.toBeNull()
  expect(choosePoster([])).toBeNull()
})
