import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { parseSample, settingsContract } from '../../ports/settings.contract.ts'
import { FileSettings } from './settings.ts'

const LOOK_EVERY_MS = 20

function newFile() {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-settings-'))
  return { path: join(folder, 'settings.json'), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

settingsContract('files', async () => {
  const { path, remove } = newFile()
  return {
    open: () => FileSettings.open({ path, parse: parseSample, lookEveryMs: LOOK_EVERY_MS }),
    put: async (text) => (text === null ? rmSync(path) : writeFileSync(path, text)),
    close: async () => remove(),
  }
})

async function watched() {
  const { path, remove } = newFile()
  onTestFinished(remove)
  const settings = await FileSettings.open({ path, parse: parseSample, lookEveryMs: LOOK_EVERY_MS })
  onTestFinished(() => settings.close())
  const listener = { changed: vi.fn(), kept: vi.fn() }
  settings.watch(listener)
  return { path, settings, ...listener }
}

test('half a file is not taken while it is being written', async () => {
  const { path, changed, kept, settings } = await watched()
  const text = JSON.stringify({ level: 'written slowly' })
  for (let length = 1; length <= text.length; length++) {
    writeFileSync(path, text.slice(0, length))
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS / 4))
  }
  await expect.poll(() => settings.current().level).toBe('written slowly')
  expect(kept).not.toHaveBeenCalled()
  expect(changed).toHaveBeenCalledTimes(1)
})

test.skipIf(process.getuid?.() === 0)('a file that may not be read leaves the last good ones', async () => {
  const { path, kept } = await watched()
  writeFileSync(path, '{}')
  chmodSync(path, 0)
  await expect.poll(() => kept.mock.calls.length).toBe(1)
})

test('a folder or a huge file in its place is told, and changes nothing', async () => {
  const { path, kept, settings } = await watched()
  writeFileSync(path, ' '.repeat(100_000))
  await expect.poll(() => kept.mock.calls.flat().join()).toContain('longer than')
  expect(settings.current()).toEqual({ level: 'default' })
})
