import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { BlobStore } from './blob-store.ts'

/** `stage` answers an empty folder on the same file system. */
export function blobStoreContract(adapter: string, open: () => Promise<{ blobs: BlobStore; stage: () => string }>): void {
  const made = (folder: string, files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return folder
  }

  describe(`${adapter} is a BlobStore`, () => {
    it('puts a finished folder in its place and tells size and SHA-256 of each file', async () => {
      const { blobs, stage } = await open()
      const staged = made(stage(), { 'proxy.mp4': 'abc', 'hls/0.m4s': 'hello' })
      const files = [
        { path: 'proxy.mp4', mediaType: 'video/mp4' },
        { path: 'hls/0.m4s', mediaType: 'video/iso.segment' },
      ]
      const placed = await blobs.place(staged, '1/a/r', files)
      expect(placed[0]).toEqual({
        path: 'proxy.mp4',
        mediaType: 'video/mp4',
        sizeBytes: 3,
        sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      })
      expect(readFileSync(blobs.resolve('1/a/r/hls/0.m4s'), 'utf8')).toBe('hello')
      expect(existsSync(staged)).toBe(false)
    })

    it('replaces what an interrupted attempt left', async () => {
      const { blobs, stage } = await open()
      await blobs.place(made(stage(), { a: '1', left: 'over' }), '1/a/r', [{ path: 'a', mediaType: 'x/y' }])
      await blobs.place(made(stage(), { a: '2' }), '1/a/r', [{ path: 'a', mediaType: 'x/y' }])
      expect(readFileSync(blobs.resolve('1/a/r/a'), 'utf8')).toBe('2')
      expect(existsSync(blobs.resolve('1/a/r/left'))).toBe(false)
    })

    it('leaves nothing when a promised file was not made', async () => {
      const { blobs, stage } = await open()
      await expect(blobs.place(stage(), '1/a/r', [{ path: 'missing', mediaType: 'x/y' }])).rejects.toThrow()
      expect(existsSync(blobs.resolve('1/a/r'))).toBe(false)
    })

    it('removes a folder, and is content when it is gone', async () => {
      const { blobs, stage } = await open()
      await blobs.place(made(stage(), { a: '1' }), '1/a/r', [{ path: 'a', mediaType: 'x/y' }])
      await blobs.remove('1/a/r')
      await blobs.remove('1/a/r')
      expect(existsSync(blobs.resolve('1/a/r'))).toBe(false)
    })

    it.each(['../x', '1/../../x', '/etc/passwd/../../..', '', '.', 'a\0b'])(
      'refuses the path %j, which leaves the storage',
      async (path) => {
        const { blobs } = await open()
        expect(() => blobs.resolve(path)).toThrow(expect.objectContaining({ code: 'invalid' }))
      },
    )
  })
}
