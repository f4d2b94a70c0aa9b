import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAbandoned, withLock } from './lock.mjs'

let folder
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'capstan lock '))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('an abandoned lock', () => {
  const facts = { text: '77 pid:[1]', namespace: 'pid:[1]', ageMs: 100, alive: () => true }
  it('is one whose holder died in this pid namespace', () => {
    expect(isAbandoned({ ...facts, alive: () => false })).toBe(true)
    expect(isAbandoned({ ...facts, namespace: 'pid:[2]', alive: () => false })).toBe(false)
  })
  it('or one that was silent for longer than a heartbeat can be late', () => {
    expect(isAbandoned(facts)).toBe(false)
    expect(isAbandoned({ ...facts, ageMs: 31_000 })).toBe(true)
  })
  it('is not one that was created this moment and has no text yet', () => {
    expect(isAbandoned({ ...facts, text: '' })).toBe(false)
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
  const child = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => child.on('exit', resolve))
  await withLock(path, async () => {
    rmSync(path)
    const namespaceText = `${child.pid} `
    writeFileSync(path, namespaceText)
    utimesSync(path, new Date(0), new Date(0))
    expect(await withLock(path, async () => 'mine')).toBe('mine')
  })
})

it('is free again after the work failed', async () => {
  const path = join(folder, 'a.lock')
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLock(path, async () => 1)).toBe(1)
})
