import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { api } from '@capstan/contract/api'
import type { ApiError } from '@capstan/contract/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Clips } from './clips.ts'
import { Ledger } from './kill/ledger.ts'
import { Platform, until } from './platform.ts'

const LIMIT_MS = 180_000
const DISK_BYTES = 200_000_000
/** What is left for the database while the tools find the disk full. */
const LEFT_BYTES = 3_000_000

const folder = mkdtempSync(join(tmpdir(), 'capstan-disk-'))
const disk = join(folder, 'disk')
const ballast = join(disk, 'ballast')
const data = join(disk, 'data')
const isMounted = mount()

let clips: Clips

/** A small disk of its own, which only root may make. */
function mount(): boolean {
  mkdirSync(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk], { stdio: 'ignore' })
    return true
  } catch {
    console.log('the tests of a full disk are left out: only root can mount a small one')
    return false
  }
}

const freeBytes = (): number => {
  const { bavail, bsize } = statfsSync(disk)
  return bavail * bsize
}

function fillUpTo(left: number): void {
  const block = Buffer.alloc(1 << 16, 1)
  while (freeBytes() > left + block.length) appendFileSync(ballast, block)
  const rest = freeBytes() - left
  if (rest > 0) appendFileSync(ballast, block.subarray(0, rest))
}

const makeRoom = (): void => rmSync(ballast, { force: true })

const start = async (token?: string): Promise<Platform> => {
  const platform = await Platform.start({ data, env: { CAPSTAN_LOW_WATER_BYTES: '0' } })
  await platform.signIn(token)
  return platform
}

beforeAll(async () => {
  clips = await Clips.open(folder)
}, LIMIT_MS)

afterAll(() => {
  if (isMounted) execFileSync('umount', ['-l', disk])
  rmSync(folder, { recursive: true, force: true })
})

test('below the low-water mark uploads and copies are refused before they start', { timeout: LIMIT_MS }, async () => {
  const platform = await Platform.start({ env: { CAPSTAN_LOW_WATER_BYTES: String(10 ** 15) } })
  await platform.signIn()
  const upload = await platform.createUpload('film.mp4', 1_000)
  expect(upload.status).toBe(507)
  expect(await upload.json()).toMatchObject({ code: 'no_space', status: 507 })
  const clip = await clips.audio('tone.wav', 1)
  const { items } = await platform.call(api.ingests.create, { body: { paths: [clip] } })
  expect(items).toMatchObject([{ assetId: null, error: expect.stringContaining('no room') as string }])
  const inPlace = await platform.call(api.ingests.create, { body: { paths: [clip], inPlace: true } })
  expect(inPlace.items[0]?.error).toBeNull()
  const { items: storages } = await platform.call(api.storages.list, {})
  expect(storages.map(({ status }) => status)).toContain('low')
  expect((await platform.call(api.assets.list, {})).items).toHaveLength(1)
  await platform.remove()
})

test.skipIf(!isMounted)(
  'a job that finds the disk full fails with that reason, and a retry finishes it',
  { timeout: LIMIT_MS },
  async () => {
    const noisy = [
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=640x360:rate=25:duration=14,noise=alls=70:allf=t',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-f',
      'mp4',
    ]
    const film = await clips.make('noisy.mp4', noisy)
    const platform = await start()
    fillUpTo(LEFT_BYTES)
    await platform.call(api.ingests.create, { body: { paths: [film], inPlace: true } })
    const { asset, run } = await platform.ended('noisy.mp4', LIMIT_MS)
    const { items: failed } = await platform.call(api.jobs.list, { query: { filter: 'state:failed' } })
    expect(failed.map(({ kind }) => kind)).toContain('proxy')
    for (const job of failed) {
      expect(job.fault).toMatchObject({ code: 'no_space', class: 'resource' })
      expect(job.why).toMatch(/disk is full.*room.*retry/i)
    }
    expect(run.warnings.length).toBe(failed.length)
    expect(asset.renditions.map(({ kind }) => kind)).not.toContain('proxy')
    const staged = readdirSync(join(data, 'tmp'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(staged.map(({ name }) => name)).toEqual([])
    expect(readdirSync(join(data, 'blobs', '1', asset.id)).sort()).toEqual(asset.renditions.map(({ id }) => id).sort())

    makeRoom()
    expect(await platform.call(api.jobs.bulk, { body: { action: 'retry', filter: 'state:failed' } })).toEqual({
      matched: failed.length,
      changed: failed.length,
    })
    const whole = await until(
      'the run without warnings',
      async () => {
        const now = await platform.call(api.runs.get, { params: { id: run.id } })
        return now.status === 'completed' && now.warnings.length === 0 ? now : null
      },
      LIMIT_MS,
    )
    expect(whole.reason).toBeNull()
    const token = platform.token
    const { renditions } = await platform.call(api.assets.get, { params: { id: asset.id } })
    expect(renditions.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['proxy', 'hls', 'poster', 'thumbnails']))
    expect(await platform.call(api.system.fsck, { body: {} })).toMatchObject({ missing: [], orphaned: [] })

    fillUpTo(0)
    const answers: number[] = []
    for (let tries = 0; tries < 40; tries++) {
      const body = { name: `a placeholder ${tries}`, description: 'x'.repeat(15_000) }
      answers.push(
        await platform.call(api.assets.create, { body }).then(
          () => 201,
          (error: unknown) => (error as ApiError).status,
        ),
      )
    }
    expect(new Set(answers)).toEqual(new Set([201, 507].filter((status) => answers.includes(status))))
    expect(answers).toContain(507)
    expect((await platform.call(api.assets.get, { params: { id: asset.id } })).name).toBe('noisy.mp4')
    expect((await fetch(`${platform.url}/healthz`)).status).toBe(200)
    await platform.kill()

    const refused = await Platform.run({ data })
    expect(refused.exit).toBe(2)
    expect(refused.stderr.trim().split('\n')).toHaveLength(1)
    expect(refused.stderr).toMatch(/no room/)

    makeRoom()
    const again = await start(token)
    const written = answers.filter((status) => status === 201).length
    expect((await again.call(api.assets.list, { query: { limit: 200 } })).items).toHaveLength(1 + written)
    await again.call(api.assets.create, { body: { name: 'there is room again' } })
    await again.stop()
    expect(new Ledger(data).rows('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
  },
)

test.skipIf(!isMounted)('an upload that meets a full disk goes on where it stopped', { timeout: LIMIT_MS }, async () => {
  rmSync(data, { recursive: true, force: true })
  const platform = await start()
  const bytes = Buffer.alloc(12_000_000, 'words ')
  const created = await platform.createUpload('long.txt', bytes.length)
  fillUpTo(5_000_000)
  const stopped = await platform.sendUpload(created.headers.get('location') as string, bytes).then(
    ({ status }) => status,
    () => 0,
  )
  expect([0, 507]).toContain(stopped)
  expect((await fetch(`${platform.url}/healthz`)).status).toBe(200)
  makeRoom()
  const sent = await until('the upload to go on', async () => {
    const answer = await platform.sendUpload(created.headers.get('location') as string, bytes).catch(() => null)
    return answer?.status === 204 ? answer : null
  })
  expect(sent.status).toBe(204)
  const { asset, run } = await platform.ended('long.txt')
  expect(run.status).toBe('completed')
  expect(Buffer.from(await (await platform.fetch(`/api/v1/files/${asset.files[0]?.id}/content`)).arrayBuffer()).equals(bytes)).toBe(true)
  expect(readdirSync(join(data, 'uploads'))).toEqual([])
  await platform.stop()
})

test('a data folder that cannot be written is one sentence', { timeout: LIMIT_MS }, async () => {
  const file = join(folder, 'a file')
  writeFileSync(file, 'x')
  const refused = await Platform.run({ data: join(file, 'data') })
  expect(refused.exit).toBe(2)
  expect(refused.stderr.trim().split('\n')).toHaveLength(1)
  expect(refused.stderr).toContain('--data')
  expect(existsSync(join(file, 'data'))).toBe(false)
})
