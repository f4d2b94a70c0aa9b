import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { uuidv7 } from '../../../lib/ids.ts'
import type { UploadFile, UploadFiles } from './upload-files.ts'

const wholly = (sizeOnDisk: number) => sizeOnDisk
const text = (...parts: string[]) => parts.map((part) => Buffer.from(part))
const hash = (algorithm: string, content: string) => createHash(algorithm).update(content).digest('hex')
const sums = (content: string) => ({ sha256: hash('sha256', content), md5: hash('md5', content) })

/** `open` answers the same folder again when it is called again: that is what a restart finds. */
export function uploadFilesContract(adapter: string, begin: () => Promise<() => UploadFiles>): void {
  const start = async () => {
    const open = await begin()
    const files = open()
    const id = uuidv7()
    const writing = async (offset: (sizeOnDisk: number) => number, work: (file: UploadFile) => Promise<void>) => {
      const file = await files.open(id, offset)
      await work(file).finally(() => file.close())
    }
    return { open, files, id, writing, content: () => readFile(files.localPath(id), 'utf8') }
  }

  describe(`${adapter} are UploadFiles`, () => {
    it('begins empty and appends in order', async () => {
      const { files, id, writing, content } = await start()
      expect(await files.sizeOf(id)).toBeNull()
      await writing(wholly, async (file) => {
        expect(file.sizeBytes).toBe(0)
        await file.append(text('a', 'bc'))
        await file.append(text('', 'Ä'))
        expect(file.sizeBytes).toBe(5)
        await file.sync()
      })
      expect(await content()).toBe('abcÄ')
      expect(await files.sizeOf(id)).toBe(5)
    })

    it('goes on where the caller says, and tells it what is on the disk', async () => {
      const { writing, content } = await start()
      await writing(wholly, (file) => file.append(text('abcdef')))
      const told: number[] = []
      await writing(
        (sizeOnDisk) => {
          told.push(sizeOnDisk)
          return 4
        },
        async (file) => {
          expect(file.sizeBytes).toBe(4)
          await file.append(text('X'))
        },
      )
      expect(told).toEqual([6])
      expect(await content()).toBe('abcdX')
    })

    it('is the same after a restart', async () => {
      const { open, files, id, writing } = await start()
      await writing(wholly, (file) => file.append(text('abc')))
      const restarted = open()
      expect(await restarted.sizeOf(id)).toBe(3)
      expect(restarted.localPath(id)).toBe(files.localPath(id))
      expect(restarted.bootId).toBe(files.bootId)
      expect(files.bootId).not.toBe('')
    })

    it('sums up the whole file, followed in pieces, also what an earlier opening wrote', async () => {
      const { writing } = await start()
      await writing(wholly, (file) => file.append(text('abc')))
      await writing(wholly, async (file) => {
        file.follow(2)
        await file.append(text('def'))
        file.follow(5)
        await file.append(text('g'))
        expect(await file.checksums()).toMatchObject(sums('abcdefg'))
      })
    })

    it('knows the sums of nothing', async () => {
      const { writing } = await start()
      await writing(wholly, async (file) => expect(await file.checksums()).toMatchObject(sums('')))
    })

    it('forgets what was cut back before a checksum followed it', async () => {
      const { writing, content } = await start()
      await writing(wholly, async (file) => {
        await file.append(text('abcdef'))
        file.follow(3)
        await file.truncate(3)
        expect(file.sizeBytes).toBe(3)
        await file.append(text('XY'))
        expect(await file.checksums()).toMatchObject(sums('abcXY'))
      })
      expect(await content()).toBe('abcXY')
    })

    it.each([
      { bytes: Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex'), type: 'image/png' },
      { bytes: Buffer.from('only words'), type: 'text/plain' },
      { bytes: Buffer.from([0, 1, 2, 3]), type: 'application/octet-stream' },
      { bytes: Buffer.alloc(0), type: 'application/octet-stream' },
    ])('tells $type by the first bytes', async ({ bytes, type }) => {
      const { writing } = await start()
      await writing(wholly, async (file) => {
        await file.append([bytes])
        expect(await file.mediaType()).toBe(type)
      })
    })

    it('lists what is there, with the time of the last change', async () => {
      const { files, id, writing } = await start()
      expect(await files.list()).toEqual([])
      const beforeMs = Date.now() - 1_000
      await writing(wholly, (file) => file.append(text('abc')))
      const [only, ...others] = await files.list()
      expect(only?.id).toBe(id)
      expect(only?.changedAtMs).toBeGreaterThan(beforeMs)
      expect(others).toEqual([])
    })

    it('removes a file and no other, and is content when it is gone', async () => {
      const { files, id, writing } = await start()
      await writing(wholly, (file) => file.append(text('abc')))
      const other = uuidv7()
      await (await files.open(other, wholly)).close()
      await files.remove(id)
      await files.remove(id)
      expect(await files.sizeOf(id)).toBeNull()
      expect((await files.list()).map((file) => file.id)).toEqual([other])
    })

    it.each(['', '..', '../../etc/passwd', 'a', `${'a'.repeat(36)}/x`, 'A'.repeat(36)])('refuses the id %j', async (id) => {
      const { files } = await start()
      expect(() => files.localPath(id)).toThrow(expect.objectContaining({ code: 'invalid' }))
      for (const ask of [() => files.open(id, wholly), () => files.sizeOf(id), () => files.remove(id)])
        await expect(ask()).rejects.toMatchObject({ code: 'invalid' })
    })
  })
}
