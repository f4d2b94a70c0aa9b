import { createHash } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { OpenSource, SourceFiles } from './source-files.ts'

const bytesOf = (path: string) => Buffer.from(path)
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')

async function allOf(source: OpenSource): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source.read()) parts.push(part)
  return Buffer.concat(parts)
}

/** On real files: links, pipes and names that are no UTF-8 are what this port is about. */
export function sourceFilesContract(adapter: string, open: () => SourceFiles): void {
  const start = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'capstan-sources-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const sources = open()
    const put = async (name: string, content: string | Buffer = 'content') => {
      await writeFile(join(folder, name), content)
      return bytesOf(join(folder, name))
    }
    const opened = async (path: Uint8Array) => {
      const source = await sources.open(path)
      onTestFinished(() => source.close())
      return source
    }
    const walked = async (path: string) => {
      const seen: string[] = []
      for await (const found of sources.walk(path)) seen.push(Buffer.from(found).toString('latin1').slice(folder.length))
      return seen
    }
    return { folder, sources, put, opened, walked }
  }

  /** A link, a folder, a socket, and a way that leads through a file. */
  const irregular = async () => {
    const { folder, sources, put } = await start()
    await put('file')
    await symlink('file', join(folder, 'link'))
    await mkdir(join(folder, 'folder'))
    const server = createServer().listen(join(folder, 'socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    return { folder, sources }
  }

  describe(`${adapter} are SourceFiles`, () => {
    it('reads a file whole, in pieces, and short at its end', async () => {
      const { put, opened, sources } = await start()
      const content = Buffer.alloc(3 << 20, 'Ä film ')
      const path = await put('film.mov', content)
      const source = await opened(path)
      expect(source.sizeBytes).toBe(content.length)
      expect({ identity: source.identity, sizeBytes: source.sizeBytes }).toEqual(await sources.facts(path))
      expect((await allOf(source)).equals(content)).toBe(true)
      expect(Buffer.from(await source.readAt(2, 5)).equals(content.subarray(2, 7))).toBe(true)
      expect(await source.readAt(content.length - 2, 10)).toHaveLength(2)
      expect(await source.readAt(content.length, 10)).toHaveLength(0)
      await source.check()
    })

    it('sums a file up, tells how far it is, and keeps to a rate', async () => {
      const { put, opened } = await start()
      const content = Buffer.alloc(5 << 20, 'x')
      const source = await opened(await put('film.mov', content))
      const told: number[] = []
      const sums = await source.checksums({ onBytes: (bytes) => told.push(bytes) })
      expect(sums).toMatchObject({
        sha256: createHash('sha256').update(content).digest('hex'),
        md5: createHash('md5').update(content).digest('hex'),
      })
      expect(told).toEqual(told.toSorted((a, b) => a - b))
      expect(told.at(-1)).toBe(content.length)
      expect(await source.checksums({ bytesPerSecond: 1 << 30 })).toEqual(sums)
    })

    it('knows the sums of "abc" and of nothing', async () => {
      const { put, opened } = await start()
      expect(await (await opened(await put('abc', 'abc'))).checksums()).toMatchObject({
        md5: '900150983cd24fb0d6963f7d28e17f72',
        xxh64: '44bc2cf5ad770999',
      })
      expect(await (await opened(await put('empty', ''))).checksums()).toMatchObject({
        md5: 'd41d8cd98f00b204e9800998ecf8427e',
        xxh64: 'ef46db3751d8e999',
      })
    })

    it('stops summing up when it is told to', async () => {
      const { put, opened } = await start()
      const source = await opened(await put('film.mov'))
      const reason = new Error('cancelled')
      await expect(source.checksums({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
      const stop = new AbortController()
      const slow = source.checksums({ signal: stop.signal, bytesPerSecond: 1 << 22 })
      setTimeout(() => stop.abort(reason), 10)
      await expect(slow).rejects.toBe(reason)
    })

    it.each([
      { name: 'film.mov', content: PNG, type: 'image/png' },
      { name: 'picture.png', content: Buffer.from('only words'), type: 'text/plain' },
      { name: 'words.txt', content: Buffer.from([0, 1, 2, 3]), type: 'application/octet-stream' },
      { name: 'empty.mov', content: Buffer.alloc(0), type: 'application/octet-stream' },
    ])('believes the bytes, not the name: $name is $type', async ({ name, content, type }) => {
      const { put, opened } = await start()
      expect(await (await opened(await put(name, content))).mediaType()).toBe(type)
    })

    it('notices that a file changed after it was opened', async () => {
      const { put, opened, folder, sources } = await start()
      const path = await put('film.mov')
      const source = await opened(path)
      await appendFile(join(folder, 'film.mov'), 'more')
      expect((await sources.facts(path))?.identity).not.toBe(source.identity)
      await expect(source.check()).rejects.toMatchObject({ code: 'conflict' })
      await expect(allOf(source)).rejects.toMatchObject({ code: 'conflict' })
      await expect(source.checksums()).rejects.toMatchObject({ code: 'conflict' })
    })

    it('goes on with the file it opened when another takes its name', async () => {
      const { put, opened, folder } = await start()
      const source = await opened(await put('film.mov', 'first'))
      await put('other.mov', 'other')
      await rename(join(folder, 'other.mov'), join(folder, 'film.mov'))
      expect((await allOf(source)).toString()).toBe('first')
    })

    it('takes any name, also one that is no UTF-8', async () => {
      const { folder, sources, opened, walked } = await start()
      const path = Buffer.concat([bytesOf(`${folder}/`), Buffer.from([0x66, 0xff, 0x2e, 0x6d, 0x6f, 0x76])])
      await writeFile(path, 'content')
      expect((await allOf(await opened(path))).toString()).toBe('content')
      expect(await walked(folder)).toEqual(['/f\xff.mov'])
      await sources.removeIf(path, (await sources.facts(path))!.identity)
      expect(await sources.facts(path)).toBeNull()
    })

    it('answers not_found and no facts for what is gone', async () => {
      const { folder, sources, put } = await start()
      await put('file')
      for (const name of ['gone', 'gone/deeper', 'file/deeper']) {
        const path = join(folder, name)
        await expect(sources.open(bytesOf(path))).rejects.toMatchObject({ code: 'not_found' })
        await expect(sources.walk(path)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'not_found' })
        expect(await sources.facts(bytesOf(path))).toBeNull()
      }
    })

    it.each(['link', 'folder', 'socket'])('opens no %s', async (name) => {
      const { folder, sources } = await irregular()
      await expect(sources.open(bytesOf(join(folder, name)))).rejects.toMatchObject({ code: 'unsupported' })
      expect(await sources.facts(bytesOf(join(folder, name)))).toBeNull()
    })

    it('removes a file only while it is the one that was meant', async () => {
      const { sources, put } = await start()
      const path = await put('film.mov')
      const { identity } = (await sources.facts(path))!
      await put('film.mov', 'another content')
      await sources.removeIf(path, identity)
      const now = await sources.facts(path)
      expect(now).not.toBeNull()
      await sources.removeIf(path, now!.identity)
      await sources.removeIf(path, now!.identity)
      expect(await sources.facts(path)).toBeNull()
    })

    it('walks a folder in the order of names, without links and hidden files, or answers the file itself', async () => {
      const { folder, put, walked } = await start()
      await mkdir(join(folder, 'b/deep'), { recursive: true })
      await mkdir(join(folder, '.trash'))
      for (const name of ['c.mov', 'B.mov', 'a.mov', 'b/deep/z.mov', 'b/a.mov', '.hidden', '.trash/x.mov']) await put(name)
      await symlink('a.mov', join(folder, 'link.mov'))
      await symlink('b', join(folder, 'link'))
      expect(await walked(folder)).toEqual(['/B.mov', '/a.mov', '/b/a.mov', '/b/deep/z.mov', '/c.mov'])
      expect(await walked(join(folder, 'c.mov'))).toEqual(['/c.mov'])
      await expect(walked(join(folder, 'link'))).rejects.toMatchObject({ code: 'unsupported' })
    })
  })
}
