import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { LocalCopies } from './local-copies.ts'

async function open(bytesMax: number) {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-copies-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return { folder, copies: await LocalCopies.open({ folder, bytesMax }) }
}

const file = (key: string, made: string[] = []) => ({
  key,
  sizeBytes: 10,
  source: async function* () {
    made.push(key)
    yield Buffer.from(key.padEnd(10).slice(0, 5))
    yield Buffer.from(key.padEnd(10).slice(5))
  },
})

const read = (path: string) => readFile(path, 'utf8')

test('a file is copied once for all who ask, and again only when it gave way', async () => {
  const { folder, copies } = await open(20)
  const made: string[] = []
  const lent = await Promise.all([1, 2, 3].map(() => copies.lend(file('a', made), read)))
  expect(lent).toEqual(['a', 'a', 'a'].map((text) => text.padEnd(10)))
  for (const key of ['b', 'a', 'c', 'a', 'b']) await copies.lend(file(key, made), read)
  expect(made).toEqual(['a', 'b', 'c', 'b'])
  expect(await readdir(folder)).toHaveLength(2)
})

test('the room is never taken twice', async () => {
  const { copies } = await open(25)
  const lent = await Promise.allSettled(['a', 'b', 'c', 'd'].map((key) => copies.lend(file(key), read)))
  expect(lent.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
  expect(lent[2]).toMatchObject({ reason: { code: 'no_space' } })
  expect(await copies.lend(file('c'), read)).toContain('c')
})

test('a source that breaks leaves nothing, and is tried again by the next', async () => {
  const { folder, copies } = await open(25)
  const broken = {
    ...file('a'),
    source: async function* () {
      yield Buffer.from('half')
      throw new Error('cable pulled')
    },
  }
  const both = await Promise.allSettled([copies.lend(broken, read), copies.lend(broken, read)])
  expect(both).toMatchObject([{ reason: { message: 'cable pulled' } }, { reason: { message: 'cable pulled' } }])
  expect(await readdir(folder)).toEqual([])
  expect(await copies.lend(file('a'), read)).toContain('a')
})

test('copies are read only, and private', async () => {
  const { folder, copies } = await open(25)
  await copies.lend(file('a'), async (path) => expect((await stat(path)).mode & 0o777).toBe(0o400))
  await writeFile(join(folder, 'left over'), '')
  await LocalCopies.open({ folder, bytesMax: 1 })
  expect(await readdir(folder)).toEqual([])
})
