import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AviSamples } from './peaks-avi.ts'
import { decodePeaksDat, encodePeaksDat } from './peaks-dat.ts'
import { channelPeaksDbfs, mergeBuckets, PeakReducer, samplesPerBucketFor } from './peaks.ts'

const reducer = (settings: Partial<ConstructorParameters<typeof PeakReducer>[0]> = {}) =>
  new PeakReducer({ channels: 1, sampleRate: 48_000, samplesPerBucket: 4, bucketsMax: 100, ...settings })

describe('the reducer', () => {
  test('keeps the lowest and the highest sample of each bucket and channel', () => {
    const peaks = reducer({ channels: 2, samplesPerBucket: 2 })
    peaks.push(Int16Array.of(1, -1, 5, -9, -3, 7, 0, 0))
    expect([...peaks.peaks().values]).toEqual([1, 5, -9, -1, -3, 0, 0, 7])
  })

  test('gives the same whatever pieces the sound comes in', () => {
    const sound = fc.array(fc.integer({ min: -32768, max: 32767 }), { minLength: 1, maxLength: 400 })
    fc.assert(
      fc.property(sound, fc.integer({ min: 1, max: 50 }), (samples, piece) => {
        const whole = reducer()
        const pieces = reducer()
        whole.push(Int16Array.from(samples))
        for (let at = 0; at < samples.length; at += piece) pieces.push(Int16Array.from(samples.slice(at, at + piece)))
        expect(pieces.peaks()).toEqual(whole.peaks())
      }),
    )
  })

  test('never holds more buckets than it may, and loses no peak', () => {
    const peaks = reducer({ bucketsMax: 16 })
    for (let i = 0; i < 1000; i++) peaks.push(Int16Array.of(i === 777 ? 30_000 : i % 10))
    const { buckets, samplesPerBucket, values } = peaks.peaks()
    expect(peaks.samples).toBe(1000)
    expect(buckets).toBeLessThanOrEqual(16)
    expect(buckets * samplesPerBucket).toBeGreaterThanOrEqual(1000)
    expect(values[Math.floor(777 / samplesPerBucket) * 2 + 1]).toBe(30_000)
  })

  test('a bucket is a hundredth of a second, or longer where there would be too many', () => {
    expect(samplesPerBucketFor(48_000, 10, 16_000)).toBe(480)
    expect(samplesPerBucketFor(48_000, 7200, 16_000)).toBe(21_600)
    expect(samplesPerBucketFor(48_000, null, 16_000)).toBe(480)
  })
})

test('merged buckets hold the peaks of all', () => {
  const fine = { channels: 1, sampleRate: 8000, samplesPerBucket: 1, buckets: 5, values: Int16Array.of(-1, 1, -5, 2, -2, 9, 0, 0, -7, 3) }
  expect(mergeBuckets(fine, 2)).toMatchObject({ buckets: 3, samplesPerBucket: 2, values: Int16Array.of(-5, 2, -2, 9, -7, 3) })
})

test('peaks in dBFS by channel, silence apart', () => {
  const peaks = { channels: 3, sampleRate: 8000, samplesPerBucket: 1, buckets: 1, values: Int16Array.of(-32768, 0, -16384, 100, 0, 0) }
  expect(channelPeaksDbfs(peaks)).toEqual([0, -6, null])
})

describe('the data file', () => {
  const peaks = {
    channels: 2,
    sampleRate: 44_100,
    samplesPerBucket: 441,
    buckets: 2,
    values: Int16Array.of(-1, 1, -2, 2, -3, 3, -32768, 32767),
  }

  test('has the header of audiowaveform version 2', () => {
    const view = new DataView(encodePeaksDat(peaks).buffer)
    expect([0, 4, 8, 12, 16, 20].map((at) => view.getInt32(at, true))).toEqual([2, 0, 44_100, 441, 2, 2])
    expect(view.byteLength).toBe(24 + 16)
  })

  test('reads back, and one cut short is refused', () => {
    expect(decodePeaksDat(encodePeaksDat(peaks))).toEqual(peaks)
    expect(() => decodePeaksDat(encodePeaksDat(peaks).subarray(0, 30))).toThrow(/whole/)
  })
})

describe('the AVI reader', () => {
  const chunk = (id: string, body: Buffer) => Buffer.concat([Buffer.from(id), u32(body.length), body, Buffer.alloc(body.length % 2)])
  const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer)
  const list = (type: string, body: Buffer) => Buffer.concat([Buffer.from('LIST'), u32(body.length + 4), Buffer.from(type), body])
  const format = (channels: number, rate: number) => {
    const strf = Buffer.alloc(16)
    strf.writeUInt16LE(1, 0)
    strf.writeUInt16LE(channels, 2)
    strf.writeUInt32LE(rate, 4)
    return list('strl', Buffer.concat([chunk('strh', Buffer.alloc(56)), chunk('strf', strf)]))
  }
  const samples = (...values: number[]) => Buffer.from(Int16Array.from(values).buffer)
  const movi = Buffer.concat([
    chunk('00wb', samples(1, 2)),
    chunk('01wb', samples(3, 4, 5, 6)),
    chunk('JUNK', Buffer.alloc(5)),
    chunk('00wb', samples(7)),
  ])
  const avi = Buffer.concat([
    Buffer.from('RIFF\xff\xff\xff\xffAVI ', 'latin1'),
    list('hdrl', Buffer.concat([chunk('avih', Buffer.alloc(56)), format(1, 48_000), format(2, 44_100)])),
    list('INFO', chunk('ISFT', Buffer.from('Lavf'))),
    list('movi', movi),
    chunk('idx1', Buffer.alloc(32)),
  ])

  test('hands out each track, however the stream was cut', () => {
    for (const step of [1, 3, 13, 10_000]) {
      const heard: number[][] = [[], []]
      const reader = new AviSamples((track, values) => heard[track]!.push(...values))
      for (let at = 0; at < avi.length; at += step) reader.push(avi.subarray(at, at + step))
      expect(heard).toEqual([
        [1, 2, 7],
        [3, 4, 5, 6],
      ])
      expect(reader.tracks).toEqual([
        { channels: 1, sampleRate: 48_000 },
        { channels: 2, sampleRate: 44_100 },
      ])
    }
  })

  test('anything else is refused', () => {
    expect(() => new AviSamples(() => {}).push(Buffer.alloc(64, 1))).toThrow(/AVI/)
  })
})
