import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { api } from '@capstan/contract/api'
import { expect, test } from 'vitest'
import { Clips } from '../clips.ts'
import { Platform, until } from '../platform.ts'
import { toolsOf } from './ledger.ts'

/** Far less than the encoder would still need. */
const GONE_MS = 2_000
const ENCODE_S = 120
const LIMIT_MS = 120_000

test('an encoder in the middle of its work dies with the platform', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-orphan-'))
  const film = await (await Clips.open(folder)).video('long.mp4', ENCODE_S, 0, '640x360')
  const platform = await Platform.start()
  await platform.signIn()
  await platform.call(api.ingests.create, { body: { paths: [film], inPlace: true } })
  // The other tools die of themselves when nobody reads what they write.
  await until('an encoder at work', async () => toolsOf(platform.data).some((tool) => tool.includes('libx264')), LIMIT_MS)
  await platform.kill()
  await until('the encoder to be gone', async () => toolsOf(platform.data).length === 0, GONE_MS).catch(() => undefined)
  expect(toolsOf(platform.data)).toEqual([])
  for (const path of [platform.data, folder]) rmSync(path, { recursive: true, force: true })
})
