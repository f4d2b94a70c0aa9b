import { describe, expect, it } from 'vitest'
import type { NumberBlocks } from './number-blocks.ts'

export function numberBlocksContract(adapter: string, open: () => Promise<NumberBlocks>): void {
  describe(`${adapter} reserves number blocks`, () => {
    it('begins at 1 and goes on where the last block ended', async () => {
      const blocks = await open()
      expect(await blocks.claim('asset', 100)).toBe(1)
      expect(await blocks.claim('asset', 50)).toBe(101)
      expect(await blocks.claim('asset', 1)).toBe(151)
    })

    it('counts each noun by itself', async () => {
      const blocks = await open()
      expect(await blocks.claim('asset', 10)).toBe(1)
      expect(await blocks.claim('job', 10)).toBe(1)
    })

    it('gives no number to two callers at once', async () => {
      const blocks = await open()
      const firsts = await Promise.all(Array.from({ length: 20 }, () => blocks.claim('asset', 7)))
      expect(new Set(firsts).size).toBe(20)
      expect(firsts.every((first) => (first - 1) % 7 === 0)).toBe(true)
    })
  })
}
