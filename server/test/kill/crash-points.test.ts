import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { api } from '@capstan/contract/api'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Clips, pdfOf, pictureOf } from '../clips.ts'
import { newDataFolder, Platform, sleep, until } from '../platform.ts'
import { Ledger, toolsOf } from './ledger.ts'
import { StubbornClient } from './client.ts'
import type { Item } from './material.ts'

const SOURCES = join(import.meta.dirname, '../../src')
const DEATH_MS = 60_000
const END_MS = 90_000

/** `name:n` dies at the n-th pass: the first commits of a start say little about work. */
const WHILE_INGESTING = [
  ...[
    'before-commit:6',
    'before-commit:20',
    'after-commit:6',
    'after-commit:20',
    'before-job-commit:2',
    'after-run-start',
    'after-run-commit',
  ],
  ...['after-enqueue:4', 'after-lease:2', 'before-complete', 'before-complete:5', 'after-complete:2', 'before-attach', 'after-attach:2'],
  ...['before-rename', 'after-rename', 'after-rename:4', 'after-bytes', 'before-decided', 'after-decided', 'after-decided:2', 'after-copy'],
  ...['after-place', 'after-register', 'after-start', 'after-remove-source', 'before-publish', 'after-publish', 'before-set-published'],
  ...['after-set-published', 'after-proxy'],
]
/** Once more, after the asset got another name: the package of the old one goes. */
const WHILE_REPUBLISHING = [
  'before-publish',
  'after-publish',
  'after-package-aside',
  'before-set-published',
  'after-set-published',
  'after-complete',
]
const WHILE_UNPUBLISHING = ['after-package-aside', 'after-package-removed']
const WHILE_REFUSING = ['after-refused']

let folder: string
let template: string
let token: string
let items: Item[]
let data: string
let hot: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-points-'))
  hot = join(folder, 'hot')
  const clips = await Clips.open(folder)
  items = [
    { name: 'page.pdf', bytes: pdfOf('The first page'), by: 'upload' },
    { name: 'tone.wav', bytes: readFileSync(await clips.audio('tone.wav', 1)), by: 'hot_folder' },
    { name: 'picture.jpg', bytes: await pictureOf(500, 400, 40), by: 'command_line' },
  ]
  for (const { name, bytes } of items) writeFileSync(join(folder, name), bytes)
  template = newDataFolder()
  const platform = await Platform.start({ data: template })
  token = await platform.signIn()
  await platform.call(api.hotFolders.create, { body: { name: 'Desk', path: hot, quietSeconds: 0.3, duplicates: 'refuse' } })
  await platform.stop()
})

afterAll(() => {
  for (const path of [folder, template]) rmSync(path, { recursive: true, force: true })
})

beforeEach(() => {
  data = newDataFolder()
  cpSync(template, data, { recursive: true, filter: (path) => !path.endsWith('.sock') })
  rmSync(hot, { recursive: true, force: true })
  mkdirSync(hot)
})

const start = async (point: string | null): Promise<Platform> => {
  const platform = await Platform.start({ data, ...(point ? { env: { CAPSTAN_TEST_CRASH_POINTS: point } } : {}) })
  await platform.signIn(token)
  return platform
}

const newClient = () => new StubbornClient(folder, hot, items, 'ingest-and-publish')

/** Waits for the armed platform to die, while the client goes on asking. */
async function dies(platform: Platform): Promise<void> {
  expect(await platform.exit(DEATH_MS)).toBe('SIGKILL')
  await until('its media tools to be gone', async () => toolsOf(data).length === 0, 3_000)
}

async function allEnded(platform: Platform, count: number): Promise<void> {
  await until(
    'all runs to end',
    async () => {
      const { items: assets } = await platform.call(api.assets.list, {})
      return assets.length >= count && assets.every(({ work }) => work && work.status !== 'running')
    },
    END_MS,
  )
}

/** Every package that can be seen is whole, and there is one for each asset that says so. */
function packageFaults(): string[] {
  const published = new Ledger(data)
    .rows(`select published_to as at from assets_asset where published_to is not null`)
    .map(({ at }) => String(at))
  const seen = readdirSync(join(data, 'published')).map((name) => join(data, 'published', name))
  for (const at of seen.filter((path) => existsSync(join(path, 'SHA256SUMS'))))
    execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: at })
  return JSON.stringify(seen.sort()) === JSON.stringify(published.sort())
    ? []
    : [`published is ${seen.join()} instead of ${published.join()}`]
}

const removeData = () => rmSync(data, { recursive: true, force: true })

test.each(WHILE_INGESTING)('a death at %s while files are taken in ends as without it', { timeout: 240_000 }, async (point) => {
  const client = newClient()
  const armed = await Platform.start({ data, env: { CAPSTAN_TEST_CRASH_POINTS: point } })
  await armed.signIn(token)
  await client.bring(armed, items.length)
  await dies(armed)
  const platform = await start(null)
  await until('all files to be brought', async () => {
    await client.bring(platform, items.length)
    return client.isDone
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${String(client.lastError)}`)
  })
  await allEnded(platform, items.length)
  expect(await platform.call(api.system.fsck, { body: { minAgeSeconds: 0 } })).toMatchObject({ missing: [], orphaned: [] })
  expect(await platform.stop()).toBe(0)
  expect(new Ledger(data).faults(items.map(({ name }) => name))).toEqual([])
  expect(packageFaults()).toEqual([])
  removeData()
})

test.each(WHILE_UNPUBLISHING)('a death at %s while a package is removed removes it', { timeout: 240_000 }, async (point) => {
  const client = new StubbornClient(folder, hot, items.slice(0, 1), 'ingest-and-publish')
  const before = await start(null)
  await client.bring(before, 1)
  await allEnded(before, 1)
  const { id } = (await before.call(api.assets.list, {})).items[0] as { id: string }
  await before.stop()
  const armed = await start(point)
  await armed.call(api.assets.unpublish, { params: { id } }).catch(() => undefined)
  await dies(armed)
  const platform = await start(null)
  await until('it to be unpublished', async () => (await platform.call(api.assets.get, { params: { id } })).publishedTo === null)
  await until(
    'its run to end',
    async () => (await platform.call(api.runs.list, { query: { filter: 'status:running' } })).items.length === 0,
  )
  await platform.stop()
  expect(readdirSync(join(data, 'published'))).toEqual([])
  removeData()
})

test.each(WHILE_REPUBLISHING)(
  'a death at %s while a renamed asset is published anew leaves one package',
  { timeout: 240_000 },
  async (point) => {
    const client = new StubbornClient(folder, hot, items.slice(0, 1), 'ingest-and-publish')
    const before = await start(null)
    await client.bring(before, 1)
    await allEnded(before, 1)
    const { id } = (await before.call(api.assets.list, {})).items[0] as { id: string }
    const { etag } = await before.call.withEtag(api.assets.get, { params: { id } })
    await before.call(api.assets.change, { params: { id }, ifMatch: etag ?? '', body: { name: 'Another name' } })
    await before.stop()
    const armed = await start(point)
    await armed.call(api.assets.publish, { params: { id }, body: {} }).catch(() => undefined)
    await dies(armed)
    const platform = await start(null)
    await until(
      'its runs to end',
      async () => (await platform.call(api.runs.list, { query: { filter: 'status:running' } })).items.length === 0,
    )
    await platform.stop()
    expect(packageFaults()).toEqual([])
    expect(readdirSync(join(data, 'published'))).toEqual([expect.stringMatching(/^Another name-/)])
    removeData()
  },
)

test('a death between the proxy and its stream keeps what the encoder warned of', { timeout: 240_000 }, async () => {
  const clips = await Clips.open(folder)
  const bytes = readFileSync(await clips.video('film.mp4', 4))
  // Damage in the middle of the pictures: they decode, with complaints.
  for (let at = Math.floor(bytes.length / 2); at < bytes.length / 2 + 400; at += 1) bytes[at] = (bytes[at] ?? 0) ^ 0xa5
  const film: Item = { name: 'damaged.mp4', bytes, by: 'command_line' }
  writeFileSync(join(folder, film.name), bytes)
  const warnings: string[][] = []
  for (const point of [null, 'after-proxy']) {
    data = newDataFolder()
    cpSync(template, data, { recursive: true, filter: (path) => !path.endsWith('.sock') })
    const client = new StubbornClient(folder, hot, [film], 'ingest')
    const first = await start(point)
    await client.bring(first, 1)
    if (point) await dies(first)
    const platform = point ? await start(null) : first
    await until('the film to be brought', async () => {
      await client.bring(platform, 1)
      return client.isDone
    })
    warnings.push((await platform.ended(film.name)).run.warnings)
    await platform.stop()
    removeData()
  }
  expect(warnings[0]).toContainEqual(expect.stringContaining('damaged'))
  expect(warnings[1]?.toSorted()).toEqual(warnings[0]?.toSorted())
})

test.each(WHILE_REFUSING)('a death at %s while a copy is refused moves it aside with the reason', { timeout: 240_000 }, async (point) => {
  const [, tone] = items as [Item, Item, Item]
  const client = new StubbornClient(folder, hot, [tone], 'ingest')
  const before = await start(null)
  await client.bring(before, 1)
  await allEnded(before, 1)
  await before.stop()
  const armed = await start(point)
  writeFileSync(join(hot, 'again.wav'), tone.bytes)
  await dies(armed)
  const platform = await start(null)
  await until('the copy to be moved aside', async () => !existsSync(join(hot, 'again.wav')))
  await sleep(500)
  const { items: arrivals } = await platform.call(api.arrivals.list, { query: { filter: 'state:refused' } })
  expect(arrivals).toMatchObject([{ name: 'again.wav', reason: expect.stringContaining('same content') as string }])
  const aside = readdirSync(hot, { recursive: true }).map(String)
  expect(aside.filter((name) => name.includes('again.wav')).length).toBe(2)
  expect((await platform.call(api.assets.list, {})).items).toHaveLength(1)
  await platform.stop()
  removeData()
})

// Those of the cluster's adapters are tried beside them, on the real servers.
test('every named crash point is tried here', () => {
  const named = readdirSync(SOURCES, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.ts') && !/adapters\/(?:mariadb|s3)\//.test(path))
    .flatMap((path) =>
      [...readFileSync(join(SOURCES, path), 'utf8').matchAll(/crashAt\('([a-z-]+)'\)/g)].map((match) => match[1] as string),
    )
  const tried = new Set(
    [...WHILE_INGESTING, ...WHILE_UNPUBLISHING, ...WHILE_REPUBLISHING, ...WHILE_REFUSING].map((point) => point.split(':')[0]),
  )
  expect([...new Set(named)].filter((name) => !tried.has(name))).toEqual([])
  expect(named.length).toBeGreaterThan(20)
})
