import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { api } from '@capstan/contract/api'
import type { AssetView } from '@capstan/contract/assets'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { totpCode } from '../src/services/identity/domain/totp.ts'
import { Clips } from './clips.ts'
import { Platform, until } from './platform.ts'

const CLI = join(import.meta.dirname, '../../cli/src/main.ts')
const LIMIT_MS = 120_000
const LONG_AGO = new Date('2020-01-01')

let folder: string
let platform: Platform
let tone: AssetView

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-backup-'))
  platform = await Platform.start({ env: { CAPSTAN_LOW_WATER_BYTES: '0' } })
  await platform.signIn()
  const clips = await Clips.open(folder)
  await platform.upload('tone.wav', readFileSync(await clips.audio('tone.wav', 1)))
  tone = (await platform.ended('tone.wav')).asset
}, LIMIT_MS)

afterAll(async () => {
  await platform.remove()
  rmSync(folder, { recursive: true, force: true })
})

function capstan(...args: string[]): Promise<{ exit: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, '--data', platform.data, ...args], {
      env: { ...process.env, INIT_CWD: folder, HOME: folder },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.once('close', (exit) => resolve({ exit, stdout, stderr }))
  })
}

const proxyPath = (): string => {
  const proxy = tone.renditions.find(({ kind }) => kind === 'proxy')
  return join(platform.data, 'blobs', '1', tone.id, String(proxy?.id), String(proxy?.mainFile))
}

test('fsck is clean, then names what is missing and what belongs to nobody, and deletes nothing', { timeout: LIMIT_MS }, async () => {
  expect(await capstan('fsck')).toMatchObject({ exit: 0, stdout: expect.stringContaining('0 missing, 0 orphaned') as string })
  const orphan = join(platform.data, 'blobs', '1', 'nobody', 'orphan.mp4')
  mkdirSync(join(orphan, '..'))
  writeFileSync(orphan, 'x')
  expect((await capstan('fsck')).stdout).toContain('0 orphaned')
  expect((await capstan('fsck', '--min-age', '0')).stdout).toContain('orphaned  1/nobody/orphan.mp4')
  utimesSync(orphan, LONG_AGO, LONG_AGO)
  const kept = readFileSync(proxyPath())
  rmSync(proxyPath())
  const report = await capstan('fsck')
  expect(report.exit).toBe(1)
  expect(report.stdout).toContain('orphaned  1/nobody/orphan.mp4')
  expect(report.stdout).toMatch(new RegExp(`missing +1/${tone.id}/`))
  expect(report.stdout).toContain('1 missing, 1 orphaned')
  expect(existsSync(orphan)).toBe(true)
  writeFileSync(proxyPath(), kept)
  rmSync(join(orphan, '..'), { recursive: true })
  expect((await capstan('fsck')).exit).toBe(0)
})

test('a backup while it runs, and back to it', { timeout: LIMIT_MS }, async () => {
  const path = join(folder, 'backup')
  expect(await capstan('backup', path)).toMatchObject({ exit: 0, stderr: '' })
  expect(readdirSync(path).sort()).toEqual(['backup.json', 'capstan.db', 'media-manifest.jsonl'])
  expect(statSync(path).mode & 0o077).toBe(0)
  const manifest = readFileSync(join(path, 'media-manifest.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { path: string; sizeBytes: number })
  for (const { path: file, sizeBytes } of manifest) expect(statSync(join(platform.data, 'blobs', file)).size).toBe(sizeBytes)
  expect(manifest.length).toBeGreaterThan(3)
  expect((await capstan('backup', path)).exit).not.toBe(0)

  await platform.call(api.assets.change, { params: { id: tone.id }, body: { name: 'changed after the backup' }, ifMatch: '*' })
  await platform.upload('after.txt', Buffer.from('came after the backup'))
  await platform.ended('after.txt')
  const restored = await capstan('restore', path)
  expect(restored).toMatchObject({ exit: 0, stderr: '' })
  const asset = await until('the old name', async () => {
    const now = await platform.call(api.assets.get, { params: { id: tone.id } }).catch(() => null)
    return now?.name === 'tone.wav' ? now : null
  })
  expect(asset.renditions.length).toBe(tone.renditions.length)
  expect(statSync(join(platform.data, 'capstan.db')).mode & 0o077).toBe(0)
  expect((await platform.call(api.assets.list, {})).items).toHaveLength(1)
  await until('the search to know it', async () => (await platform.call(api.search.query, { query: { q: 'tone' } })).total === 1)
  expect((await platform.call(api.search.query, { query: { q: 'after' } })).total).toBe(0)
  const kept = readdirSync(platform.data).filter((name) => name.startsWith('before-restore-'))
  expect(kept).toHaveLength(1)
  expect(readdirSync(join(platform.data, kept[0] as string))).toContain('capstan.db')

  await platform.upload('works again.txt', Buffer.from('after the restore'))
  expect((await platform.ended('works again.txt')).run.status).toBe('completed')
})

/** Switches the second factor of the administrator on and answers what opens with it. */
async function enrol(): Promise<{ secret: string; code: (atMs: number) => string }> {
  const { secret } = await platform.call(api.users.enrolTotp, { body: { currentPassword: platform.password() } })
  const code = (atMs: number) => totpCode(secret, atMs)
  await platform.call(api.users.confirmTotp, { body: { code: code(Date.now()) } })
  return { secret, code }
}

test(
  'a backup has no key beside what it opens, unless asked; with it a restore elsewhere opens, without it a recovery code does',
  {
    timeout: LIMIT_MS,
  },
  async () => {
    const { secret, code } = await enrol()
    const [without, withKeys] = [join(folder, 'without keys'), join(folder, 'with keys')]
    expect((await capstan('backup', without)).exit).toBe(0)
    expect((await capstan('backup', '--with-secrets', withKeys)).exit).toBe(0)
    expect(existsSync(join(without, 'secrets.json'))).toBe(false)
    expect(readFileSync(join(without, 'capstan.db')).includes(secret)).toBe(false)
    expect(statSync(join(withKeys, 'secrets.json')).mode & 0o777).toBe(0o600)

    const opens = async () =>
      (
        await fetch(`${platform.url}/api/v1/sessions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          // Half a minute ahead counts: the step of the enrolment must not be used again.
          body: JSON.stringify({ name: 'admin', password: platform.password(), code: code(Date.now() + 30_000) }),
        })
      ).status
    const keys = join(platform.data, 'secrets.json')
    rmSync(keys)
    expect(await opens()).toBe(503)
    expect((await capstan('restore', without)).exit).toBe(0)
    expect(await opens()).toBe(503)
    const ready = await (await fetch(`${platform.url}/readyz`)).text()
    expect(ready).toContain('recovery codes')
    expect(ready).not.toContain(platform.data)
    expect((await capstan('restore', withKeys)).exit).toBe(0)
    expect(statSync(keys).mode & 0o777).toBe(0o600)
    expect(await opens()).toBe(201)
    expect((await capstan('support-bundle', join(folder, 'keys.zip'))).exit).toBe(0)
    const [key] = Object.values((JSON.parse(readFileSync(keys, 'utf8')) as { secrets: { totp: Record<string, string> } }).secrets.totp)
    for (const hidden of [secret, String(key)]) expect(readFileSync(join(folder, 'keys.zip')).includes(hidden)).toBe(false)
    const { id } = await platform.call(api.users.me, {})
    await platform.call(api.users.removeTotp, { params: { id } })
  },
)

test('a backup with media brings lost files back', { timeout: LIMIT_MS }, async () => {
  const path = join(folder, 'whole')
  expect((await capstan('backup', '--with-media', path)).exit).toBe(0)
  const whole = readFileSync(proxyPath())
  rmSync(join(platform.data, 'blobs', '1', tone.id), { recursive: true })
  expect((await capstan('fsck')).exit).toBe(1)
  expect(await capstan('restore', path)).toMatchObject({ exit: 0, stderr: '' })
  await until('the files', async () => existsSync(proxyPath()))
  expect(readFileSync(proxyPath())).toEqual(whole)
  await until('a clean fsck', async () => (await capstan('fsck')).exit === 0)
})

test('no restore to what would be a loss, or is no backup', { timeout: LIMIT_MS }, async () => {
  const path = join(folder, 'without media')
  expect((await capstan('backup', path)).exit).toBe(0)
  const kept = readFileSync(proxyPath())
  rmSync(proxyPath())
  const refused = await capstan('restore', path)
  expect(refused.exit).not.toBe(0)
  expect(refused.stderr).toContain('bring them back first')
  writeFileSync(proxyPath(), kept)
  writeFileSync(join(path, 'capstan.db'), 'no database')
  expect((await capstan('restore', path)).stderr).toContain('damaged')
  expect((await capstan('restore', folder)).stderr).toContain('no backup')
  expect((await platform.call(api.assets.get, { params: { id: tone.id } })).name).toBe('tone.wav')
})

test('a support bundle holds no secret', { timeout: LIMIT_MS }, async () => {
  const path = join(folder, 'bundle.zip')
  expect((await capstan('support-bundle', path)).exit).toBe(0)
  const bytes = readFileSync(path)
  for (const secret of [platform.password(), platform.token]) expect(bytes.includes(secret)).toBe(false)
})

test('a new password by the command line opens, the old one does not', { timeout: LIMIT_MS }, async () => {
  const old = platform.password()
  const reply = await capstan('admin', 'reset-password')
  const password = /Password: (\S+)/.exec(reply.stdout)?.[1] as string
  const signIn = (secret: string) =>
    fetch(`${platform.url}/api/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'admin', password: secret }),
    })
  expect((await signIn(password)).status).toBe(201)
  expect((await signIn(old)).status).toBe(401)
})
