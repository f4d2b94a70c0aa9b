import { describe, expect, it } from 'vitest'
import type { AssetStore } from './asset-store.ts'
import { fileOf, sampleAsset } from './asset-store.contract.ts'
import type { FileStore } from './file-store.ts'

export function fileStoreContract(adapter: string, open: () => Promise<{ assets: AssetStore; files: FileStore }>): void {
  describe(`${adapter} is a FileStore`, () => {
    it('finds the file that was registered with its asset, by id, by asset and by checksum', async () => {
      const { assets, files } = await open()
      const asset = sampleAsset(1)
      const file = fileOf(asset, {
        checksums: { sha256: 'a'.repeat(64), md5: 'b'.repeat(32) },
        originalName: 'Grüße \n "x".mov',
        nameBytes: 'AAH/',
      })
      await assets.register(asset, file, [])
      expect(await files.findFile(1, file.id)).toEqual(file)
      expect(await files.filesOf(1, asset.id)).toEqual([file])
      expect(await files.findByChecksum(1, 'a'.repeat(64))).toEqual(file)
      expect(await files.findByChecksum(1, 'c'.repeat(64))).toBeNull()
    })

    it('shows nothing to another account', async () => {
      const { assets, files } = await open()
      const asset = sampleAsset(1)
      const file = fileOf(asset, { checksums: { sha256: 'a'.repeat(64) } })
      await assets.register(asset, file, [])
      expect(await files.findFile(2, file.id)).toBeNull()
      expect(await files.filesOf(2, asset.id)).toEqual([])
      expect(await files.findByChecksum(2, 'a'.repeat(64))).toBeNull()
    })

    it('adds checksums and keeps those it has', async () => {
      const { assets, files } = await open()
      const asset = sampleAsset(1)
      const file = fileOf(asset, { checksums: { sha256: 'a'.repeat(64) } })
      await assets.register(asset, file, [])
      await files.setChecksums(1, file.id, { md5: 'b'.repeat(32) })
      expect((await files.findFile(1, file.id))?.checksums).toEqual({ sha256: 'a'.repeat(64), md5: 'b'.repeat(32) })
    })

    it('remembers that a file went missing', async () => {
      const { assets, files } = await open()
      const asset = sampleAsset(1)
      const file = fileOf(asset)
      await assets.register(asset, file, [])
      await files.setFileState(1, file.id, 'missing')
      expect((await files.findFile(1, file.id))?.state).toBe('missing')
    })

    it('pages through files, and lists the paths of managed ones only', async () => {
      const { assets, files } = await open()
      for (let number = 1; number <= 5; number++) {
        const asset = sampleAsset(number)
        await assets.register(asset, fileOf(asset, { location: number === 5 ? 'in_place' : 'managed', path: `p${number}` }), [])
      }
      const first = await files.listFiles(1, { limit: 3, cursor: null })
      const second = await files.listFiles(1, { limit: 3, cursor: first.nextCursor })
      expect([...first.items, ...second.items].map(({ path }) => path).sort()).toEqual(['p1', 'p2', 'p3', 'p4', 'p5'])
      expect(second.nextCursor).toBeNull()
      expect((await files.listPaths(null, 10)).items.map(({ path }) => path).sort()).toEqual(['p1', 'p2', 'p3', 'p4'])
    })

    it('expects nothing on disk of an asset that was purged', async () => {
      const { assets, files } = await open()
      const [purged, binned] = [sampleAsset(1, { flags: ['deleted', 'purged'] }), sampleAsset(2, { flags: ['deleted'] })]
      for (const asset of [purged, binned]) await assets.register(asset, fileOf(asset, { path: `p${asset.number}` }), [])
      expect((await files.listPaths(null, 10)).items.map(({ path }) => path)).toEqual(['p2'])
    })
  })
}
