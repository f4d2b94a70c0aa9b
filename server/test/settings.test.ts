import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { api } from '@capstan/contract/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Clips } from './clips.ts'
import { newDataFolder, Platform } from './platform.ts'

const LIMIT_MS = 120_000
const SOON = { timeout: 15_000, interval: 100 }

const folder = newDataFolder()
const data = join(folder, 'data')
const file = join(data, 'settings.json')
let platform: Platform
let clips: Clips

beforeAll(async () => {
  clips = await Clips.open(folder)
  platform = await Platform.start({ data, env: { CAPSTAN_LOW_WATER_BYTES: '0' } })
  await platform.signIn()
}, LIMIT_MS)

afterAll(async () => {
  await platform.remove()
  rmSync(folder, { recursive: true, force: true })
})

const set = (settings: unknown) => writeFileSync(file, JSON.stringify(settings))
const logLines = () =>
  readFileSync(join(data, 'logs/capstan.log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: number; msg: string })
const linesSaying = (text: string) => logLines().filter(({ msg }) => msg.includes(text)).length
const marks = async () => (await platform.call(api.storages.list, {})).items.map(({ lowWaterBytes }) => lowWaterBytes)

test('the low-water mark counts without a restart, and the one of the start again afterwards', { timeout: LIMIT_MS }, async () => {
  expect(await marks()).toEqual([0, 0])
  set({ lowWaterBytes: 10 ** 15 })
  await expect.poll(marks, SOON).toEqual([10 ** 15, 10 ** 15])
  expect((await platform.createUpload('film.mp4', 1_000)).status).toBe(507)
  rmSync(file)
  await expect.poll(marks, SOON).toEqual([0, 0])
  expect((await platform.createUpload('film.mp4', 1_000)).status).toBe(201)
})

test('a pool that is closed lets jobs wait, and goes on when it is opened', { timeout: LIMIT_MS }, async () => {
  const told = linesSaying('the settings were changed')
  set({ pools: { light: 0, io: 0, encode: 0 } })
  await expect.poll(() => linesSaying('the settings were changed'), SOON).toBe(told + 1)
  await platform.call(api.ingests.create, { body: { paths: [await clips.audio('tone.wav', 1)] } })
  const states = async () => new Set((await platform.call(api.jobs.list, {})).items.map(({ state }) => state))
  await expect.poll(async () => (await states()).size, SOON).toBeGreaterThan(0)
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect([...(await states())]).not.toContain('running')
  expect([...(await states())]).not.toContain('completed')
  set({ pools: { light: 2 } })
  await expect.poll(states, { ...SOON, timeout: 60_000 }).toEqual(new Set(['completed']))
})

test('a wrong file is told of once and changes nothing; the level of the log follows', { timeout: LIMIT_MS }, async () => {
  set({ logLevel: 'error', lowWaterBytes: 7 })
  await expect.poll(marks, SOON).toEqual([7, 7])
  const lines = logLines().length
  set({ lowWaterBytes: 'much' })
  await expect.poll(() => linesSaying('lowWaterBytes'), SOON).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  expect(await marks()).toEqual([7, 7])
  expect(logLines().slice(lines)).toMatchObject([{ level: 50, msg: expect.stringContaining('the last good ones stay') as string }])
})

test('a wrong file stops the start with one sentence', { timeout: LIMIT_MS }, async () => {
  const other = join(folder, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'settings.json'), '{"loglevel":"debug"}')
  const { exit, stderr } = await Platform.run({ data: other, args: ['--once'] })
  expect(exit).toBe(2)
  expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/settings\.json are not taken: .*loglevel/)])
})
