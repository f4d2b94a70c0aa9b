import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { hashSources } from './console.mjs'

let root
const hash = (seed = 'lock') => hashSources(root, ['src', 'index.html', 'absent'], seed)

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'capstan console '))
  mkdirSync(join(root, 'src/deep'), { recursive: true })
  writeFileSync(join(root, 'src/deep/a.ts'), 'a')
  writeFileSync(join(root, 'index.html'), 'html')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

it('is fresh when files were only touched or written again', () => {
  const before = hash()
  writeFileSync(join(root, 'src/deep/a.ts'), 'a')
  expect(hash()).toBe(before)
})

it.each([
  ['a changed file', () => writeFileSync(join(root, 'src/deep/a.ts'), 'b')],
  ['a new file', () => writeFileSync(join(root, 'src/b.ts'), '')],
  ['a removed file', () => rmSync(join(root, 'index.html'))],
  ['a renamed file', () => (rmSync(join(root, 'src/deep/a.ts')), writeFileSync(join(root, 'src/deep/b.ts'), 'a'))],
])('is stale after %s', (_name, change) => {
  const before = hash()
  change()
  expect(hash()).not.toBe(before)
})

it('is stale when the lock file changed', () => {
  expect(hash('another')).not.toBe(hash())
})
