import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Storage } from './storage.ts'

type Opened = { storage: Storage; makeLocalFile(content: string): Promise<string>; close(): Promise<void> }

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

const textOf = async (source: AsyncIterable<Uint8Array>): Promise<string> => (await bytesOf(source)).toString()

async function pathsOf(storage: Storage): Promise<string[]> {
  const paths: string[] = []
  for await (const file of storage.list()) paths.push(file.path)
  return paths.sort()
}

/** What every storage promises. */
export function storageContract(name: string, open: () => Promise<Opened>): void {
  describe(`storage: ${name}`, () => {
    let opened: Opened
    let storage: Storage
    beforeEach(async () => {
      opened = await open()
      storage = opened.storage
    })
    afterEach(() => opened.close())

    test('what was put is read back, whole and by range', async () => {
      expect(await storage.put('1/a/original/original.mov', chunks('hello ', 'world'))).toEqual({ sizeBytes: 11 })
      expect(await textOf(storage.read('1/a/original/original.mov'))).toBe('hello world')
      expect(await textOf(storage.read('1/a/original/original.mov', { start: 6, end: 8 }))).toBe('wor')
      expect(await storage.stat('1/a/original/original.mov')).toMatchObject({ path: '1/a/original/original.mov', sizeBytes: 11 })
    })

    test('what takes several pieces is read back the same, whole and across them', async () => {
      const bytes = Buffer.alloc(20 * 2 ** 20 + 7, Buffer.from('0123456789abcdefg'))
      async function* pieces(): AsyncGenerator<Uint8Array> {
        for (let start = 0; start < bytes.length; start += 700_001) yield bytes.subarray(start, start + 700_001)
      }
      expect(await storage.put('1/large', pieces())).toEqual({ sizeBytes: bytes.length })
      expect(bytes.equals(await bytesOf(storage.read('1/large')))).toBe(true)
      const range = { start: 8 * 2 ** 20 - 5, end: 16 * 2 ** 20 + 5 }
      expect(bytes.subarray(range.start, range.end + 1).equals(await bytesOf(storage.read('1/large', range)))).toBe(true)
      expect(await storage.stat('1/large')).toMatchObject({ sizeBytes: bytes.length })
    })

    test('an empty file is a file, and a range that reaches beyond the end stops there', async () => {
      expect(await storage.put('1/empty', chunks())).toEqual({ sizeBytes: 0 })
      expect(await textOf(storage.read('1/empty'))).toBe('')
      await storage.put('1/short', chunks('short'))
      expect(await textOf(storage.read('1/short', { start: 3, end: 100 }))).toBe('rt')
      expect(await textOf(storage.read('1/short', { start: 5, end: 100 }))).toBe('')
    })

    test('of two writers at once one is there whole in the end', async () => {
      const writes = ['first', 'other'].map((word) => storage.put('a/b', chunks(...Array.from({ length: 50 }, () => word))))
      const outcomes = await Promise.allSettled(writes)
      expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true)
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' })
      expect(await textOf(storage.read('a/b'))).toMatch(/^(?:(?:first){50}|(?:other){50})$/)
    })

    test('putting again replaces', async () => {
      await storage.put('a/b', chunks('first'))
      await storage.put('a/b', chunks('second'))
      expect(await textOf(storage.read('a/b'))).toBe('second')
    })

    test('a source that breaks leaves nothing', async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('half')
        throw new Error('cable pulled')
      }
      await expect(storage.put('a/b', broken())).rejects.toThrow('cable pulled')
      expect(await storage.stat('a/b')).toBeNull()
      expect(await pathsOf(storage)).toEqual([])
    })

    test('a source that breaks leaves what was there', async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('half')
        throw new Error('cable pulled')
      }
      await storage.put('a/b', chunks('before'))
      await expect(storage.put('a/b', broken())).rejects.toThrow('cable pulled')
      expect(await textOf(storage.read('a/b'))).toBe('before')
    })

    test('a local file is adopted once, however often it is asked', async () => {
      const local = await opened.makeLocalFile('essence')
      expect(await storage.adopt(local, '1/a/original/original')).toBe(true)
      expect(await storage.adopt(local, '1/a/original/original')).toBe(true)
      expect(await textOf(storage.read('1/a/original/original'))).toBe('essence')
      await expect(readFile(local)).rejects.toMatchObject({ code: 'ENOENT' })
    })

    test('a program on this machine is lent a file by name', async () => {
      await storage.put('1/a', chunks('essence'))
      const read = await Promise.all([1, 2].map(() => storage.withLocal('1/a', (path) => readFile(path, 'utf8'))))
      expect(read).toEqual(['essence', 'essence'])
      await expect(storage.withLocal('1/a', () => Promise.reject(new Error('the program failed')))).rejects.toThrow('the program failed')
      await storage.put('1/a', chunks('anew'))
      expect(await storage.withLocal('1/a', (path) => readFile(path, 'utf8'))).toBe('anew')
      await expect(storage.withLocal('1/b', async () => {})).rejects.toMatchObject({ code: 'not_found' })
    })

    test('adopting what is nowhere is not found', async () => {
      const local = await opened.makeLocalFile('essence')
      await storage.adopt(local, 'a/b')
      await storage.remove('a/b')
      await expect(storage.adopt(local, 'a/b')).rejects.toMatchObject({ code: 'not_found' })
    })

    test('lists finished files and forgets removed folders', async () => {
      await storage.put('1/a/original/original.mov', chunks('x'))
      await storage.put('1/b/r/hls/master.m3u8', chunks('y'))
      expect(await pathsOf(storage)).toEqual(['1/a/original/original.mov', '1/b/r/hls/master.m3u8'])
      await storage.remove('1/b')
      await storage.remove('1/b')
      expect(await pathsOf(storage)).toEqual(['1/a/original/original.mov'])
    })

    test.each([
      'größe 1 % 🎬+&=?#;@.mov',
      'e\u0301 and \u00e9',
      'a%2Fb %2e%2e',
      ' blank \tand tab ',
      `quotes '"<>&!*()[]{}|\\^~\``,
      'line\nend\r',
      '...',
      'こんにちは/世界',
      '\u202eabc',
    ])('the name %j is kept exactly', async (name) => {
      await storage.put(`1/${name}/file`, chunks(name))
      await storage.put('1/other', chunks('other'))
      expect(await textOf(storage.read(`1/${name}/file`))).toBe(name)
      expect(await pathsOf(storage)).toEqual([`1/${name}/file`, '1/other'].sort())
      await storage.remove(`1/${name}`)
      expect(await pathsOf(storage)).toEqual(['1/other'])
    })

    test('names that differ by their accents alone are two', async () => {
      for (const name of ['e\u0301', '\u00e9', 'e', 'E', 'e ']) await storage.put(`1/${name}`, chunks(name))
      expect(await pathsOf(storage)).toHaveLength(5)
    })

    test('a folder whose name another begins with goes alone', async () => {
      for (const path of ['1/a/x', '1/ab/x', '1/a.mov']) await storage.put(path, chunks('x'))
      await storage.remove('1/a')
      expect(await pathsOf(storage)).toEqual(['1/a.mov', '1/ab/x'])
    })

    test.each(['../x', 'a/../../x', '/etc/passwd', 'a\0b', '', '.', 'a/..', 'a/./b', 'a//b', 'a/', '\ud800'])(
      'the path %j cannot leave the storage',
      async (path) => {
        await expect(storage.put(path, chunks('x'))).rejects.toMatchObject({ code: 'invalid' })
        await expect(storage.remove(path)).rejects.toMatchObject({ code: 'invalid' })
        await expect(textOf(storage.read(path))).rejects.toMatchObject({ code: 'invalid' })
        await expect(storage.stat(path)).rejects.toMatchObject({ code: 'invalid' })
      },
    )

    test('missing files are null to stat and not found to read', async () => {
      expect(await storage.stat('no/such')).toBeNull()
      await expect(textOf(storage.read('no/such'))).rejects.toMatchObject({ code: 'not_found' })
    })

    test('tells its space', async () => {
      const { sizeBytes, freeBytes } = await storage.space()
      expect(sizeBytes).toBeGreaterThan(0)
      expect(freeBytes).toBeGreaterThan(0)
      expect(freeBytes).toBeLessThanOrEqual(sizeBytes)
    })
  })
}
