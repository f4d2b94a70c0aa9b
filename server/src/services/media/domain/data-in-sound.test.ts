import { expect, test } from 'vitest'
import { dataInSound } from './data-in-sound.ts'

/** Bursts every 1,920 samples: Pa, Pb, then the data type. */
function bursts(count: number, [pa, pb]: readonly [number, number], type: number) {
  const [first, second] = [new Int32Array(1_920 * 5), new Int32Array(1_920 * 5)]
  for (let burst = 0; burst < count; burst++) {
    first.set([pa, type << 16], burst * 1_920)
    second.set([pb, 14_000 << 16], burst * 1_920)
  }
  return dataInSound(first, second)
}

test('Dolby E is told by its bursts in words of 16, 20 and 24 bits', () => {
  expect(bursts(4, [0xf8720000 | 0, 0x4e1f0000], 28)).toBe('dolby_e')
  expect(bursts(4, [0x6f872000, 0x54e1f000], 28 | (1 << 5))).toBe('dolby_e')
  expect(bursts(4, [0x96f87200 | 0, 0xa54e1f00 | 0], 28 | (2 << 5))).toBe('dolby_e')
})

test('other data is told from sound, and one chance word is sound', () => {
  expect(bursts(4, [0xf8720000 | 0, 0x4e1f0000], 1)).toBe('s337m')
  expect(bursts(2, [0xf8720000 | 0, 0x4e1f0000], 28)).toBeNull()
  expect(bursts(4, [0x12345600, 0x4e1f0000], 28)).toBeNull()
})
