import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Storage } from './storage.ts'

type Opened = { storage: Storage; makeLocalFile(content: string): Promise<string>; close(): Promise<void> }

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts).toString()
}

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

    test('a local file is adopted once, however often it is asked', async () => {
      const local = await opened.makeLocalFile('essence')
      expect(await storage.adopt(local, '1/a/original/original')).toBe(true)
      expect(await storage.adopt(local, '1/a/original/original')).toBe(true)
      expect(await textOf(storage.read('1/a/original/original'))).toBe('essence')
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

    test.each(['../x', 'a/../../x', '/etc/passwd', 'a\0b', '', '.', 'a/..'])('the path %j cannot leave the storage', async (path) => {
      await expect(storage.put(path, chunks('x'))).rejects.toMatchObject({ code: 'invalid' })
      await expect(storage.remove(path)).rejects.toMatchObject({ code: 'invalid' })
    })

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
