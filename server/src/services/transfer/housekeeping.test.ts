import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeClock } from '../../lib/clock.ts'
import { openHarness, person, serveUploads, type Harness, type HarnessOptions } from '../../../test/transfer/harness.ts'
import { checkStorage, type ExpectedBlob, type StorageFault } from './index.ts'
import { resumeOffset, type Arrival } from './domain/arrival.ts'
import { md5InSidecar } from './domain/checksums.ts'
import { safeName } from './domain/names.ts'

const TUS = { 'Tus-Resumable': '1.0.0' }
const DAY_MS = 86_400_000

let folder: string
let harness: Harness
let opened: Harness[] = []
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'capstan-housekeeping-'))))
afterEach(async () => {
  for (const one of opened) await one.stop()
  opened = []
  await rm(folder, { recursive: true })
})

async function open(options: HarnessOptions = {}): Promise<Harness> {
  const one = await openHarness(folder, options)
  opened.push(one)
  return one
}

test('an upload runs out seven days after its last byte, not after its first', async () => {
  const clock = fakeClock(Date.now())
  harness = await open({ clock })
  const served = await serveUploads(harness.transfer)
  const created = await fetch(served.url, { method: 'POST', headers: { ...TUS, 'Upload-Length': '10' } })
  const url = new URL(created.headers.get('location')!, served.url)
  clock.advance(6 * DAY_MS)
  await fetch(url, {
    method: 'PATCH',
    headers: { ...TUS, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0' },
    body: 'abc',
  })
  await served.close()
  await harness.stop()
  harness = await open({ clock })
  clock.advance(6 * DAY_MS)
  expect(await harness.transfer.sweep()).toMatchObject({ uploads: 0 })
  clock.advance(DAY_MS + 1)
  expect(await harness.transfer.sweep()).toMatchObject({ uploads: 1 })
  expect(await readdir(join(folder, 'uploads'))).toEqual([])
})

test('files without an upload, old drafts and old records are swept', async () => {
  const clock = fakeClock(Date.now())
  harness = await open({ clock })
  await harness.transfer.ingestLocal(person(), { paths: [await source('a.wav')], workflow: 'ingest', inPlace: false })
  await mkdir(join(folder, 'uploads'), { recursive: true })
  await writeFile(join(folder, 'uploads/0197a0b0-0000-7000-8000-000000000000'), 'stray')
  await mkdir(join(folder, 'published/.Film-1.abc.1.partial'), { recursive: true })
  await mkdir(join(folder, 'published/Film-2'))
  clock.advance(31 * DAY_MS)
  expect(await harness.transfer.sweep()).toEqual({ uploads: 0, files: 1, packages: 1, arrivals: 1 })
  expect(await readdir(join(folder, 'published'))).toEqual(['Film-2'])
})

async function source(name: string): Promise<string> {
  await writeFile(join(folder, name), 'sound')
  return join(folder, name)
}

test('fsck lists orphaned, missing and shortened files, and removes nothing', async () => {
  harness = await open()
  const blobs = join(folder, 'blobs')
  for (const path of [
    '1/a/original/original.mov',
    '1/a/r1/proxy.mp4',
    '1/a/r1/hls/0.m4s',
    '1/b/original/original.mov',
    '1/z/r9/orphan.mp4',
    '1/z/r9/young.mp4',
  ]) {
    await mkdir(join(blobs, path, '..'), { recursive: true })
    await writeFile(join(blobs, path), '12345')
  }
  await utimes(join(blobs, '1/z/r9/orphan.mp4'), 1, 1)
  async function* expected(): AsyncGenerator<ExpectedBlob> {
    yield { path: '1/a/original/original.mov', sizeBytes: 5, kind: 'file' }
    yield { path: '1/b/original/original.mov', sizeBytes: 6, kind: 'file' }
    yield { path: '1/c/original/original.mov', sizeBytes: 5, kind: 'file' }
    yield { path: '1/a/r1', sizeBytes: 10, kind: 'rendition' }
    yield { path: '1/a/r2', sizeBytes: 10, kind: 'rendition' }
  }
  const faults: StorageFault[] = []
  for await (const fault of checkStorage(harness.storage, expected(), Date.now() - 3_600_000)) faults.push(fault)
  expect(faults.sort((a, b) => a.path.localeCompare(b.path))).toEqual([
    { path: '1/a/r2', fault: 'missing', sizeBytes: 10 },
    { path: '1/b/original/original.mov', fault: 'wrong_size', sizeBytes: 5 },
    { path: '1/c/original/original.mov', fault: 'missing', sizeBytes: 5 },
    { path: '1/z/r9/orphan.mp4', fault: 'orphaned', sizeBytes: 5 },
  ])
  expect(await readdir(join(blobs, '1/z/r9'))).toHaveLength(2)
})

/** A file system of 24 MiB, where this user may mount one. */
function mountSmall(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', path], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test('a disk that fills up: 507 with words, what came stays, and it goes on when there is room', async (context) => {
  const disk = join(folder, 'disk')
  await mkdir(disk)
  if (!mountSmall(disk)) return context.skip('only an administrator can mount the small disk that this needs')
  try {
    const full = await openHarness(disk)
    const served = await serveUploads(full.transfer)
    const data = randomBytes(16 << 20)
    const created = await fetch(served.url, { method: 'POST', headers: { ...TUS, 'Upload-Length': String(data.length) } })
    const url = new URL(created.headers.get('location')!, served.url)
    await writeFile(join(disk, 'ballast'), Buffer.alloc(14 << 20))
    const headers = { ...TUS, 'Content-Type': 'application/offset+octet-stream' }
    const first = await fetch(url, { method: 'PATCH', headers: { ...headers, 'Upload-Offset': '0' }, body: new Uint8Array(data) })
    expect(first.status).toBe(507)
    expect(await first.json()).toMatchObject({ code: 'no_space', detail: 'the disk is full' })
    expect(full.effects.registered()).toEqual([])
    await rm(join(disk, 'ballast'))
    const offset = Number((await fetch(url, { method: 'HEAD', headers: TUS })).headers.get('upload-offset'))
    const second = await fetch(url, {
      method: 'PATCH',
      headers: { ...headers, 'Upload-Offset': String(offset) },
      body: new Uint8Array(data.subarray(offset)),
    })
    expect(second.status).toBe(204)
    expect(full.effects.registered()).toHaveLength(1)
    await served.close()
    await full.stop()
  } finally {
    execFileSync('umount', ['-l', disk])
  }
})

test('what counts after a restart', () => {
  const arrival = { sizeBytes: 100, receivedBytes: 40, unverifiedFrom: null, bootId: 'b1' } as Arrival
  expect(resumeOffset(arrival, 70, 'b1')).toBe(70)
  expect(resumeOffset(arrival, 70, 'after a power failure')).toBe(40)
  expect(resumeOffset(arrival, 30, 'after a power failure')).toBe(30)
  expect(resumeOffset({ ...arrival, unverifiedFrom: 50 }, 70, 'b1')).toBe(50)
})

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e'
test.each([
  [MD5, MD5],
  [`${MD5.toUpperCase()}  film.mov\n`, MD5],
  [`${MD5} *clips/film.mov\r\n`, MD5],
  [`MD5 (film.mov) = ${MD5}`, MD5],
  [`00000000000000000000000000000000  other.mov\n${MD5}  film.mov`, MD5],
  ['00000000000000000000000000000000  a\n11111111111111111111111111111111  b', null],
  ['', null],
])('the MD5 in %j', (text, expected) => expect(md5InSidecar(text, 'film.mov')).toBe(expected))

test.each([
  ['Film', 'Film'],
  ['../../etc/passwd', '_.._etc_passwd'],
  ['.hidden', 'hidden'],
  ['CON', '_CON'],
  ['', '_'],
  ['a\0b\nc', 'a_b_c'],
  ['-rf', 'rf'],
  ['é'.repeat(200), 'é'.repeat(60)],
])('%j is safe on disk as %j', (name, expected) => expect(safeName(name)).toBe(expected))
