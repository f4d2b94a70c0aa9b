import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { api } from '@capstan/contract/api'
import { expect, test } from 'vitest'
import { newDataFolder, Platform, sleep, until } from '../platform.ts'
import { StubbornClient } from './client.ts'
import { Ledger, toolsOf } from './ledger.ts'
import { makeMaterial } from './material.ts'
import { seeded } from './random.ts'

const KILLS = 26
const LIFE_MS_MIN = 60
const LIFE_MS_MAX = 450
const LIVES_MAX = 60
const ORPHAN_MS = 3_000
const END_MS = 5 * 60_000

test(`${KILLS} kills while 12 files are taken in: each is finished exactly once`, async () => {
  const seed = Number(process.env['CAPSTAN_TEST_SEED'] ?? Date.now() % 1_000_000)
  console.log(`seed ${seed} (CAPSTAN_TEST_SEED=${seed} repeats it)`)
  const random = seeded(seed)
  const folder = mkdtempSync(join(tmpdir(), 'capstan-kill-'))
  const data = newDataFolder()
  const ledger = new Ledger(data)
  const items = await makeMaterial(folder)
  const hot = join(folder, 'hot')
  const client = new StubbornClient(folder, hot, items)

  const first = await Platform.start({ data })
  const token = await first.signIn()
  await first.call(api.hotFolders.create, { body: { name: 'Desk', path: hot, quietSeconds: 0.5 } })
  await first.stop()

  const open: string[] = []
  let hits = 0
  let early = 0
  while (hits < KILLS && open.length < LIVES_MAX) {
    const platform = await Platform.start({ data })
    await platform.signIn(token)
    const bringing = client.bring(platform, Math.ceil(((hits + 1) * items.length) / KILLS) + early)
    await sleep(LIFE_MS_MIN + random() * (LIFE_MS_MAX - LIFE_MS_MIN))
    await platform.kill()
    await bringing
    const { arrivals, runs } = ledger.open()
    open.push(`${arrivals}/${runs}`)
    // A kill counts when it hit work; when there was none left, the next file comes early.
    if (arrivals + runs > 0) hits++
    else early++
    await until('the media tools of a killed platform to be gone', async () => toolsOf(data).length === 0, ORPHAN_MS).catch(() => undefined)
    expect(toolsOf(data)).toEqual([])
  }
  console.log(`${hits} kills hit work; open arrivals/runs at each: ${open.join(' ')}`)
  expect(hits).toBe(KILLS)

  const last = await Platform.start({ data })
  await last.signIn(token)
  await until(
    'all files to be brought',
    async () => {
      await client.bring(last, items.length)
      return client.isDone
    },
    60_000,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${String(client.lastError)}`)
  })
  await until(
    'all runs to end',
    async () => {
      const { items: assets } = await last.call(api.assets.list, { query: { limit: 200 } })
      return assets.length >= items.length && assets.every(({ work }) => work && work.status !== 'running')
    },
    END_MS,
  )
  const report = await last.call(api.system.fsck, { body: { minAgeSeconds: 0 } })
  expect(report).toMatchObject({ missing: [], orphaned: [], truncated: false })
  // The search follows events; every file is found by it, once.
  const found = await until('the search to know all', async () => {
    const { total } = await last.call(api.search.query, { query: { q: '*' } }).catch(() => last.call(api.search.query, { query: {} }))
    return total === items.length ? total : null
  })
  expect(found).toBe(items.length)
  expect(await last.stop()).toBe(0)
  expect(ledger.faults(items.map(({ name }) => name))).toEqual([])
  rmSync(data, { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
})
