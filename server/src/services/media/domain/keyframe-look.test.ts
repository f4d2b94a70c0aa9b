import { describe, expect, test } from 'vitest'
import { hasColourBars } from './keyframe-bars.ts'
import type { RgbFrame } from './keyframe-frame.ts'
import { lookAt, unlikeness } from './keyframe-look.ts'

type Rgb = readonly [number, number, number]

function paint(colourAt: (x: number, y: number) => Rgb, width = 160, height = 90): RgbFrame {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set(colourAt(x, y), (y * width + x) * 3)
  return { width, height, data }
}

const EBU: readonly Rgb[] = [
  [191, 191, 191],
  [191, 191, 0],
  [0, 191, 191],
  [0, 191, 0],
  [191, 0, 191],
  [191, 0, 0],
  [0, 0, 191],
  [0, 0, 0],
]
const bars = paint((x) => EBU[Math.floor(x / 20)]!)
const shuffled = paint((x) => EBU[(Math.floor(x / 20) * 3) % 8]!)
const ramp = paint((x) => [x, x, x])

describe('colour bars', () => {
  test('are known by the order of their colours', () => expect(hasColourBars(bars)).toBe(true))
  test('are known in a frame with a pillar at each side', () => {
    expect(hasColourBars(paint((x) => (x < 20 || x >= 140 ? [100, 100, 100] : EBU[Math.floor((x - 20) / 15)]!)))).toBe(true)
  })
  test('are not any vertical stripes', () => expect(hasColourBars(shuffled)).toBe(false))
  test('are not a picture whose upper edge alone has stripes', () => {
    expect(hasColourBars(paint((x, y) => (y < 20 ? EBU[Math.floor(x / 20)]! : [90, 90, 90])))).toBe(false)
  })
})

describe('the look of a frame', () => {
  test('black has neither luma, spread nor entropy', () => {
    expect(lookAt(paint(() => [0, 0, 0]))).toMatchObject({ lumaMean: 0, lumaDeviation: 0, entropy: 0, bars: false })
  })
  test('two halves have one bit of entropy', () => {
    const look = lookAt(paint((x) => (x < 80 ? [0, 0, 0] : [255, 255, 255])))
    expect(look.entropy).toBeCloseTo(1)
    expect(look.lumaMean).toBeCloseTo(127.5)
    expect(look.lumaDeviation).toBeCloseTo(127.5)
  })
  test('likeness is measured by where the light is', () => {
    expect(unlikeness(lookAt(ramp), lookAt(ramp))).toBe(0)
    expect(unlikeness(lookAt(ramp), lookAt(paint((x) => [159 - x, 159 - x, 159 - x])))).toBeGreaterThan(40)
  })
})
