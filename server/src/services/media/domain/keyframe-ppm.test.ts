import { expect, test } from 'vitest'
import type { RgbFrame } from './keyframe-frame.ts'
import { PpmReader } from './keyframe-ppm.ts'
import { parsePrintedFrames } from './keyframe-times.ts'

const ppm = (width: number, height: number, value: number) =>
  Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), Buffer.alloc(width * height * 3, value)])

test('frames come out whole, however the stream was cut', () => {
  const stream = Buffer.concat([ppm(4, 3, 1), ppm(2, 2, 10), ppm(4, 3, 3)])
  for (const step of [1, 5, 7, 1000]) {
    const frames: RgbFrame[] = []
    const reader = new PpmReader((frame) => frames.push(frame))
    for (let at = 0; at < stream.length; at += step) reader.push(stream.subarray(at, at + step))
    expect(frames.map(({ width, height, data }) => [width, height, data.length, data[0]])).toEqual([
      [4, 3, 36, 1],
      [2, 2, 12, 10],
      [4, 3, 36, 3],
    ])
  }
})

test('anything else is refused', () => {
  expect(() => new PpmReader(() => {}).push(Buffer.alloc(100, 65))).toThrow(/PPM/)
})

test('times and scene scores are read, a line that is cut off is not', () => {
  const text =
    'frame:0    pts:80000   pts_time:0.08\nlavfi.scene_score=0.000000\nframe:1    pts:1080000 pts_time:1.08\nlavfi.scene_score=0.512000\nframe:2    pts:20'
  expect(parsePrintedFrames(text)).toEqual([
    { timeUs: 80_000, sceneScore: 0, cut: false },
    { timeUs: 1_080_000, sceneScore: 0.512, cut: true },
  ])
})
