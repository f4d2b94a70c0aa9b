import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Technical } from '@capstan/contract/technical'
import { expect, onTestFinished, test } from 'vitest'
import { CapstanError } from '../../lib/errors.ts'
import type { AssetsApi } from '../assets/api.ts'
import { createExtracts } from './extract.ts'
import type { MediaTools } from './ports/media-tools.ts'

const technical = { format: { demuxer: 'wav', startUs: 0 }, video: [], audio: [] } as unknown as Technical
const marks = { inIndex: 0, outIndex: 48_000, rate: { num: 48_000, den: 1 } }

/** Takes sound out of a file; the tool writes what it was asked for. */
function extracts(originalPath: () => Promise<string>, tmpDir?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-extract-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const tools = {
    run: async ({ args, outputDir }: { args: string[]; outputDir: string }) => writeFileSync(join(outputDir, args.at(-1)!), 'made'),
  } as unknown as MediaTools
  const assets = { technical: async () => ({ technical }) } as unknown as AssetsApi
  const { subClip } = createExtracts({ tools, assets, originalPath, tmpDir: tmpDir ?? folder })
  return { folder, take: () => subClip(1, 'asset', marks, new AbortController().signal) }
}

test('what is taken out lies aside until it was sent', async () => {
  const { folder, take } = extracts(async () => '/film.wav')
  const made = await take()
  expect(made.path.startsWith(folder)).toBe(true)
  await made.remove()
  expect(readdirSync(folder)).toEqual([])
})

test('nothing is given out of a file that took the place of the original meanwhile', async () => {
  let looks = 0
  const { folder, take } = extracts(async () => {
    if (++looks > 1) throw new CapstanError('conflict', 'changed')
    return '/film.wav'
  })
  await expect(take()).rejects.toMatchObject({ code: 'conflict' })
  expect(readdirSync(folder)).toEqual([])
})

test('a folder that cannot be made costs nobody a place', async () => {
  const { take } = extracts(async () => '/film.wav', '/nowhere/at/all')
  for (let turn = 0; turn < 6; turn++) await expect(take()).rejects.toMatchObject({ code: 'ENOENT' })
})
