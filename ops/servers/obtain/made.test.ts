import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { NotAvailable } from '../store-server.ts'
import { cacheFolder } from './cache-folder.ts'
import { made } from './made.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'capstan-made-'))
  vi.stubEnv('XDG_CACHE_HOME', home)
  vi.stubEnv('CAPSTAN_TEST_INSTALL', '1')
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(home, { recursive: true })
})

const visible = () => readdirSync(cacheFolder()).filter((name) => name !== 'lock')

const writing = (text: string) => async (folder: string) => {
  await sleep(50)
  writeFileSync(join(folder, 'text'), text)
}

test('makes once for all that ask at the same time', async () => {
  const make = vi.fn(writing('hello'))
  const folders = await Promise.all([1, 2, 3].map(() => made({ name: 'thing', version: '1.0', make })))
  expect(new Set(folders)).toEqual(new Set([join(cacheFolder(), 'thing-1.0')]))
  expect(make).toHaveBeenCalledTimes(1)
  expect(readFileSync(join(cacheFolder(), 'thing-1.0', 'text'), 'utf8')).toBe('hello')
})

test('what is made may need something else that has to be made first', async () => {
  const make = async (folder: string) => {
    const tool = await made({ name: 'tool', version: '2', make: writing('tool') })
    writeFileSync(join(folder, 'text'), readFileSync(join(tool, 'text')))
  }
  const folder = await made({ name: 'thing', version: '1.0', make })
  expect(readFileSync(join(folder, 'text'), 'utf8')).toBe('tool')
})

test('shows nothing of what failed half-way, and makes it the next time', async () => {
  const make = async (folder: string) => {
    writeFileSync(join(folder, 'text'), 'half')
    throw new Error('no network')
  }
  await expect(made({ name: 'thing', version: '1.0', make })).rejects.toThrow('no network')
  expect(visible()).toEqual([])
  await made({ name: 'thing', version: '1.0', make: writing('whole') })
  expect(visible()).toEqual(['thing-1.0'])
})

test('makes another one when a source of ours changes', async () => {
  const source = join(home, 'source')
  writeFileSync(source, 'one')
  const make = writing('hello')
  const first = await made({ name: 'thing', version: '1.0', sources: [source], make })
  writeFileSync(source, 'two')
  expect(await made({ name: 'thing', version: '1.0', sources: [source], make })).not.toBe(first)
})

test('fetches nothing where nobody allowed it', async () => {
  vi.stubEnv('CAPSTAN_TEST_INSTALL', '')
  const make = vi.fn(writing('hello'))
  await expect(made({ name: 'thing', version: '1.0', make })).rejects.toThrow(NotAvailable)
  expect(make).not.toHaveBeenCalled()
})
