import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { inParts, partBytes, PartedSum, partsOf, sumOfParts } from './parts.ts'

const MIB = 2 ** 20

test('parts are as S3 takes them, and 828 GiB fit', () => {
  const parts = [...partsOf(828 * 1_024 * MIB)]
  expect(parts.length).toBeLessThanOrEqual(10_000)
  expect(parts.at(-1)!.end).toBe(828 * 1_024 * MIB - 1)
  for (const { number, start, end } of parts.slice(0, -1)) {
    expect(end - start + 1).toBe(partBytes(number))
    expect(partBytes(number)).toBeGreaterThanOrEqual(5 * MIB)
  }
  expect([...partsOf(0)]).toEqual([])
  expect(() => partBytes(10_001)).toThrow(expect.objectContaining({ code: 'too_large' }))
})

test.each([0, 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 17 * MIB])(
  'a file of %i bytes is cut, and its sum is that of the cuts',
  async (sizeBytes) => {
    const bytes = Buffer.alloc(sizeBytes, 'capstan')
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let start = 0; start < sizeBytes; start += 300_007) yield bytes.subarray(start, start + 300_007)
    }
    const digests: Buffer[] = []
    const sizes: number[] = []
    for await (const part of inParts(chunks(), async (number) => Buffer.alloc(partBytes(number)))) {
      digests.push(createHash('sha256').update(part.bytes).digest())
      sizes.push(part.bytes.byteLength)
      expect(part.number).toBe(sizes.length)
    }
    expect(sizes).toEqual(sizeBytes === 0 ? [0] : [...partsOf(sizeBytes)].map(({ start, end }) => end - start + 1))
    const [parted, whole] = [new PartedSum('sha256', { isOnePiece: false }), new PartedSum('md5', { isOnePiece: true })]
    for await (const chunk of chunks()) {
      parted.update(chunk)
      whole.update(chunk)
    }
    expect(parted.digest()).toBe(sumOfParts('sha256', digests))
    expect(whole.digest()).toBe(createHash('md5').update(bytes).digest('hex'))
  },
)
