import { expect, test } from 'vitest'
import { extremes, parsePeaks } from './peaks.ts'

function file(version: 1 | 2, bits: 8 | 16, values: readonly number[], channels: number): ArrayBuffer {
  const header = version === 2 ? 24 : 20
  const view = new DataView(new ArrayBuffer(header + values.length * (bits / 8)))
  view.setInt32(0, version, true)
  view.setUint32(4, bits === 8 ? 1 : 0, true)
  view.setInt32(8, 48_000, true)
  view.setInt32(12, 480, true)
  view.setUint32(16, values.length / channels / 2, true)
  if (version === 2) view.setInt32(20, channels, true)
  values.forEach((value, i) => (bits === 8 ? view.setInt8(header + i, value) : view.setInt16(header + i * 2, value, true)))
  return view.buffer
}

test('two channels of 16 bit', () => {
  const peaks = parsePeaks(file(2, 16, [-100, 200, -300, 400, -5, 6, -7, 8], 2))
  expect(peaks).toMatchObject({ channels: 2, buckets: 2, sampleRate: 48_000, samplesPerBucket: 480 })
  expect(peaks.at(0, 1)).toEqual([-300, 400])
  expect(extremes(peaks, 0, 0, 2)).toEqual([-100, 200])
})

test('version 1 with 8 bit has one channel, scaled to 16 bit', () => {
  expect(parsePeaks(file(1, 8, [-1, 2], 1)).at(0, 0)).toEqual([-256, 512])
})

test('a file that says more buckets than it has is cut', () => {
  expect(parsePeaks(file(2, 16, [-1, 1, -2, 2], 1).slice(0, 28)).buckets).toBe(1)
})

test('anything else is refused', () => {
  expect(() => parsePeaks(new ArrayBuffer(4))).toThrow('not a waveform')
})
