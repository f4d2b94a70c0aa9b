import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CapstanError } from '../../lib/errors.ts'
import { openHarness, person, type Harness } from '../../../test/transfer/harness.ts'
import type { Original } from '../assets/api.ts'
import type { JobContext } from '../jobs/api.ts'

let folder: string
let harness: Harness
let saved: { fileId: string; checksums: Original['checksums'] }[]
let states: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-ingest-'))
  saved = []
  states = []
  harness = await openHarness(folder, {
    assetsExtra: {
      setChecksums: async (_, fileId, checksums) => void saved.push({ fileId, checksums }),
      setFileState: async (_, __, state) => void states.push(state),
    },
  })
  await mkdir(join(folder, 'card/clips'), { recursive: true })
})
afterEach(async () => {
  await harness.stop()
  await rm(folder, { recursive: true })
})

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex')

const job = (assetId: string, input: Record<string, unknown> = {}): JobContext => ({
  job: { id: 'j', number: 1, key: 'run/node/1/0', kind: 'checksums', attempt: 1, accountId: 1, runId: 'r', nodeId: 'n', assetId, input },
  signal: new AbortController().signal,
  progress: () => {},
  log: () => {},
  stagingDir: folder,
})

const run = (kind: string, context: JobContext) => harness.transfer.executors.find((executor) => executor.kind === kind)!.execute(context)

test('a folder is walked and copied; the source is untouched; one bad file stops nothing', async () => {
  const film = randomBytes(200_000)
  await writeFile(join(folder, 'card/film.mov'), film)
  await writeFile(join(folder, 'card/clips/a.wav'), 'sound')
  await symlink('/etc/passwd', join(folder, 'card/link'))
  const items = await harness.transfer.ingestLocal(person(), {
    paths: [join(folder, 'card'), join(folder, 'missing'), 'relative'],
    workflow: 'ingest',
    inPlace: false,
  })
  expect(items.map(({ path, error }) => [path, error])).toEqual([
    [join(folder, 'card/clips/a.wav'), null],
    [join(folder, 'card/film.mov'), null],
    [join(folder, 'missing'), `there is no file or folder ${join(folder, 'missing')}`],
    ['relative', 'the path must be absolute'],
  ])
  const asset = harness.effects.registered().find(({ originalName }) => originalName === 'film.mov')!
  expect(asset.file).toMatchObject({ kind: 'managed', checksums: { sha256: sha256(film) } })
  expect(await readFile(harness.storage.localPath(asset.file!.path))).toEqual(film)
  expect(await readFile(join(folder, 'card/film.mov'))).toEqual(film)
  expect(items[1]).toMatchObject({ assetId: asset.id, runId: expect.any(String) as string })
})

test('the same hand-over again takes nothing twice, another one does', async () => {
  await writeFile(join(folder, 'a.wav'), 'sound')
  const request = { paths: [join(folder, 'a.wav')], workflow: 'ingest', inPlace: false }
  await harness.transfer.ingestLocal(person(), { ...request, token: 't1' })
  await harness.transfer.ingestLocal(person(), { ...request, token: 't1' })
  expect(harness.effects.registered()).toHaveLength(1)
  await harness.transfer.ingestLocal(person(), request)
  expect(harness.effects.registered()).toHaveLength(2)
})

test('in place: registered where it is, checksummed later, a change is noticed', async () => {
  const path = join(folder, 'card/film.mov')
  await writeFile(path, 'essence')
  const [item] = await harness.transfer.ingestLocal(person(), { paths: [path], workflow: 'ingest', inPlace: true })
  const [asset] = harness.effects.registered()
  expect(asset!.file).toMatchObject({
    kind: 'in_place',
    storage: 'in_place',
    path,
    checksums: {},
    identity: await harness.transfer.identityOf(path),
  })
  await expect(stat(join(folder, 'blobs/1'))).rejects.toThrow()
  expect(await run('checksums', job(item!.assetId!))).toMatchObject({ sha256: sha256('essence'), read: true })
  expect(saved).toMatchObject([{ checksums: { sha256: sha256('essence'), md5: createHash('md5').update('essence').digest('hex') } }])
  await utimes(path, 1, 1)
  await expect(run('checksums', job(item!.assetId!))).rejects.toMatchObject({ code: 'conflict' })
  await rm(path)
  await expect(run('checksums', job(item!.assetId!))).rejects.toMatchObject({ code: 'not_found' })
  expect(states).toEqual(['changed', 'missing'])
  expect(await harness.transfer.identityOf(path)).toBeNull()
})

test('sums that were taken on arrival are not taken again, unless verification is asked for', async () => {
  await writeFile(join(folder, 'a.wav'), 'sound')
  const [item] = await harness.transfer.ingestLocal(person(), { paths: [join(folder, 'a.wav')], workflow: 'ingest', inPlace: false })
  expect(await run('checksums', job(item!.assetId!))).toMatchObject({ sha256: sha256('sound'), read: false })
  expect(await run('checksums', job(item!.assetId!, { verify: true }))).toMatchObject({ read: true })
  await writeFile(harness.storage.localPath(harness.effects.registered()[0]!.file!.path), 'sXund')
  await expect(run('checksums', job(item!.assetId!, { verify: true }))).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('sha256 and md5') as string,
  })
})

test('a cancelled checksum job ends at once', async () => {
  const path = join(folder, 'large.bin')
  await writeFile(path, Buffer.alloc(30 << 20))
  const slow = await openHarness(join(folder, 'slow'), { settings: { lowWaterBytes: () => 0, inPlaceBytesPerSecond: 1 << 20 } })
  const [item] = await slow.transfer.ingestLocal(person(), { paths: [path], workflow: 'ingest', inPlace: true })
  const controller = new AbortController()
  const running = slow.transfer.executors[0]!.execute({ ...job(item!.assetId!), signal: controller.signal })
  setTimeout(() => controller.abort(new CapstanError('conflict', 'cancelled')), 100)
  const start = performance.now()
  await expect(running).rejects.toThrow('cancelled')
  expect(performance.now() - start).toBeLessThan(2_000)
  await slow.stop()
})

test('only those who may ingest', async () => {
  const request = { paths: [folder], workflow: 'ingest', inPlace: false }
  await expect(harness.transfer.ingestLocal(person('Guest', ['see']), request)).rejects.toMatchObject({ code: 'forbidden' })
})

test('whoever may not publish hands nothing over to a workflow that does', async () => {
  const request = { paths: [folder], workflow: 'ingest-and-publish', inPlace: false }
  await expect(harness.transfer.ingestLocal(person('Bob', ['ingest']), request)).rejects.toMatchObject({ code: 'forbidden' })
  expect(harness.effects.registered()).toEqual([])
})
