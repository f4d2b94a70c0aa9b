import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAbandoned, withLock } from './lock.mjs'

let folder
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'capstan lock '))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('an abandoned lock', () => {
  const facts = { text: 'boot/pid:[1] 77', space: 'boot/pid:[1]', ageMs: 60_000, alive: () => true }
  it('is one whose holder died, here', () => {
    expect(isAbandoned({ ...facts, alive: () => false })).toBe(true)
    expect(isAbandoned(facts)).toBe(false)
  })
  it('is not one whose holder died while its child still works', () => {
    expect(isAbandoned({ ...facts, text: `${facts.text} 78`, alive: (pid) => pid === 78 })).toBe(false)
  })
  it('is one of another boot or namespace that was silent for longer than a heartbeat can be late', () => {
    expect(isAbandoned({ ...facts, space: 'another' })).toBe(true)
    expect(isAbandoned({ ...facts, space: 'another', ageMs: 3_000, alive: () => false })).toBe(false)
  })
  it('is not one that was created this moment and has no text yet', () => {
    expect(isAbandoned({ ...facts, text: '', ageMs: 1 })).toBe(false)
  })
})

it('lets one in at a time, in turn', async () => {
  let inside = 0
  let insideMax = 0
  const work = async () => {
    insideMax = Math.max(insideMax, ++inside)
    await new Promise((resolve) => setTimeout(resolve, 20))
    inside -= 1
  }
  await Promise.all([1, 2, 3].map(() => withLock(join(folder, 'a.lock'), work)))
  expect([inside, insideMax]).toEqual([0, 1])
})

it('takes over from a holder that was killed', async () => {
  const path = join(folder, 'a.lock')
  const holder = `import { withLock } from ${JSON.stringify(new URL('./lock.mjs', import.meta.url).href)}
    await withLock(${JSON.stringify(path)}, async () => process.kill(process.pid, 'SIGKILL'))`
  await new Promise((resolve) => spawn(process.execPath, ['--input-type=module', '-e', holder]).on('exit', resolve))
  expect(existsSync(path)).toBe(true)
  expect(await withLock(path, async () => 'mine')).toBe('mine')
})

it('is free again after the work failed', async () => {
  const path = join(folder, 'a.lock')
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLock(path, async () => 1)).toBe(1)
})
