import type * as promises from 'node:fs/promises'
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test, vi } from 'vitest'
import { hasRoom, lowWaterBytes } from '../../ports/storage.ts'
import { storageContract } from '../../ports/storage.contract.ts'
import { openFileStorage } from './storage.ts'

const beforeRename = vi.hoisted(() => ({ do: async (_from: unknown): Promise<void> => {} }))
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>()
  const rename: typeof real.rename = async (from, to) => {
    await beforeRename.do(from)
    return real.rename(from, to)
  }
  return { ...real, rename }
})

storageContract('local files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-storage-'))
  let files = 0
  return {
    storage: await openFileStorage(pathToFileURL(join(folder, 'blobs with space')).href),
    makeLocalFile: async (content) => {
      const path = join(folder, `local-${++files}`)
      await writeFile(path, content)
      return path
    },
    close: () => rm(folder, { recursive: true }),
  }
})

test('what a killed writer left aside is swept and never listed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-storage-'))
  const storage = await openFileStorage(pathToFileURL(folder).href)
  async function* hanging(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half')
    const seen: string[] = []
    for await (const file of storage.list()) seen.push(file.path)
    expect(seen).toEqual([])
    expect(await readdir(join(folder, '.aside'))).toHaveLength(1)
  }
  await storage.put('a', hanging())
  await storage.sweepAside()
  expect(await readdir(folder)).toEqual(['a'])
  await rm(folder, { recursive: true })
})

const GIB = 2 ** 30
test.each([
  { sizeBytes: 100 * GIB, set: null, mark: 10 * GIB },
  { sizeBytes: 4_000 * GIB, set: null, mark: 20 * GIB },
  { sizeBytes: 100 * GIB, set: 5, mark: 5 },
])('the low-water mark of $sizeBytes bytes is $mark', ({ sizeBytes, set, mark }) => {
  expect(lowWaterBytes(sizeBytes, set)).toBe(mark)
  expect(hasRoom({ sizeBytes, freeBytes: mark + 10 }, 10, set)).toBe(true)
  expect(hasRoom({ sizeBytes, freeBytes: mark + 10 }, 11, set)).toBe(false)
})

test('no link is adopted, not even one that takes the place of the file at the last moment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-storage-'))
  const storage = await openFileStorage(pathToFileURL(join(folder, 'blobs')).href)
  const [secret, inbox] = [join(folder, 'secret'), join(folder, 'film.mov')]
  await writeFile(secret, 'of ours')
  await symlink(secret, inbox)
  await expect(storage.adopt(inbox, '1/a/film.mov')).rejects.toMatchObject({ code: 'unsupported' })

  await rm(inbox)
  await writeFile(inbox, 'film')
  beforeRename.do = async (from) => {
    beforeRename.do = async () => {}
    await rm(String(from))
    await symlink(secret, String(from))
  }
  await expect(storage.adopt(inbox, '1/a/film.mov')).rejects.toMatchObject({ code: 'conflict' })
  expect(await storage.stat('1/a/film.mov')).toBeNull()
  await expect(lstat(storage.localPath('1/a/film.mov'))).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await readFile(secret, 'utf8')).toBe('of ours')
  await rm(folder, { recursive: true })
})
