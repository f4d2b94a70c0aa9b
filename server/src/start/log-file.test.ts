import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LogFile } from './log-file.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-log-'))
  path = join(folder, 'a.log')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const written = () => new Promise((resolve) => setTimeout(resolve, 30))

test('lines come in the order they were written', async () => {
  const file = new LogFile(path)
  for (let line = 0; line < 100; line++) file.write(`${line}\n`)
  await written()
  file.write('last\n')

  expect(readFileSync(path, 'utf8')).toBe(`${Array.from({ length: 100 }, (_, line) => `${line}\n`).join('')}last\n`)
})

test('a file that was moved away is begun anew', async () => {
  const file = new LogFile(path)
  file.write('old\n')
  await written()
  renameSync(path, join(folder, 'b.log'))
  file.reopen()
  file.write('new\n')
  await written()
  expect([readFileSync(join(folder, 'b.log'), 'utf8'), readFileSync(path, 'utf8')]).toEqual(['old\n', 'new\n'])
})

test('a full disk loses lines and holds nobody up', async () => {
  const file = new LogFile('/dev/full')
  file.write('lost\n')
  await written()
  file.write('lost too\n')
})
