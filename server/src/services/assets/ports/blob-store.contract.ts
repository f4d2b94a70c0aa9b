import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { BlobStore } from './blob-store.ts'

type Opened = { blobs: BlobStore; stage: () => string; textOf: (path: string) => Promise<string | null> }

/** `stage` answers an empty folder on the same file system, `textOf` what lies in the storage, null where there is no file. */
export function blobStoreContract(adapter: string, open: () => Promise<Opened>): void {
  const made = (folder: string, files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return folder
  }

  describe(`${adapter} is a BlobStore`, () => {
    it('puts a finished folder in its place and tells size and SHA-256 of each file', async () => {
      const { blobs, stage, textOf } = await open()
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
      expect(await textOf('1/a/r/hls/0.m4s')).toBe('hello')
      expect(existsSync(staged)).toBe(false)
    })

    it('replaces what an interrupted attempt left', async () => {
      const { blobs, stage, textOf } = await open()
      const both = ['a', 'left'].map((path) => ({ path, mediaType: 'x/y' }))
      await blobs.place(made(stage(), { a: '1', left: 'over' }), '1/a/r', both)
      await blobs.place(made(stage(), { a: '2' }), '1/a/r', [{ path: 'a', mediaType: 'x/y' }])
      expect(await textOf('1/a/r/a')).toBe('2')
      expect(await textOf('1/a/r/left')).toBeNull()
    })

    it('leaves nothing when a promised file was not made', async () => {
      const { blobs, stage, textOf } = await open()
      const promised = ['there', 'missing'].map((path) => ({ path, mediaType: 'x/y' }))
      await expect(blobs.place(made(stage(), { there: '1' }), '1/a/r', promised)).rejects.toThrow()
      expect(await textOf('1/a/r/there')).toBeNull()
    })

    it('removes a folder, and is content when it is gone', async () => {
      const { blobs, stage, textOf } = await open()
      await blobs.place(made(stage(), { a: '1' }), '1/a/r', [{ path: 'a', mediaType: 'x/y' }])
      await blobs.remove('1/a/r')
      await blobs.remove('1/a/r')
      expect(await textOf('1/a/r/a')).toBeNull()
    })

    it.each([
      ['itself', 'proxy.mp4'],
      ['in a folder that is one', 'hls/secret'],
    ])('takes no link that a tool left for a rendition: %s', async (_, path) => {
      const { blobs, stage, textOf } = await open()
      const staged = made(stage(), { secret: 'of ours' })
      mkdirSync(join(staged, 'inside'))
      symlinkSync('../secret', join(staged, 'inside', 'proxy.mp4'))
      symlinkSync('..', join(staged, 'inside', 'hls'))
      const placed = blobs.place(join(staged, 'inside'), '1/a/b', [{ path, mediaType: 'video/mp4' }])
      await expect(placed).rejects.toMatchObject({ code: 'invalid' })
      expect(await textOf(`1/a/b/${path}`)).toBeNull()
    })

    it.each(['../x', '1/../../x', '/etc/passwd/../../..', '', '.', 'a\0b', 'a//b', 'a/'])(
      'refuses the path %j, which leaves the storage',
      async (path) => {
        const { blobs, stage } = await open()
        const staged = made(stage(), { a: '1' })
        await expect(blobs.remove(path)).rejects.toMatchObject({ code: 'invalid' })
        await expect(blobs.place(staged, path, [{ path: 'a', mediaType: 'x/y' }])).rejects.toMatchObject({ code: 'invalid' })
        expect(existsSync(join(staged, 'a'))).toBe(true)
      },
    )
  })
}
