import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AssetView } from '@capstan/contract/assets'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { uuidFrom } from '../../lib/ids.ts'
import { openHarness, person, type Harness } from '../../../test/transfer/harness.ts'
import type { JobContext } from '../jobs/api.ts'

const run_ = promisify(execFile)
const sha256 = (data: string) => createHash('sha256').update(data).digest('hex')

let folder: string
let published: string
let harness: Harness
let asset: AssetView
let publishedTo: (string | null)[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-publish-'))
  published = join(folder, 'published')
  publishedTo = []
  harness = await openHarness(folder, {
    assetsExtra: {
      view: async () => asset,
      setPublished: async (_, __, location) => {
        publishedTo.push(location)
        asset = { ...asset, publishedTo: location }
      },
    },
  })
  await writeFile(join(folder, 'film.mov'), 'the original')
  const [item] = await harness.transfer.ingestLocal(person(), { paths: [join(folder, 'film.mov')], workflow: 'ingest', inPlace: false })
  asset = await makeAsset(item!.assetId!)
})
afterEach(async () => {
  await harness.stop()
  await rm(folder, { recursive: true })
})

async function makeAsset(id: string): Promise<AssetView> {
  const proxy = rendition(id, 'proxy', { 'proxy.mp4': 'proxy bytes' })
  const hls = rendition(id, 'hls', { 'master.m3u8': '#EXTM3U', 'v0/0.m4s': 'segment' })
  for (const { id: renditionId, contents } of [proxy, hls]) {
    for (const [path, text] of Object.entries(contents)) {
      const target = harness.storage.localPath(`1/${id}/${renditionId}/${path}`)
      await mkdir(join(target, '..'), { recursive: true })
      await writeFile(target, text)
    }
  }
  return {
    id,
    number: 7,
    name: 'Żółw: "Film"/..',
    kind: 'video',
    publishedTo: null,
    originalName: 'film.mov',
    renditions: [proxy, hls],
    tags: [],
    technical: null,
  } as unknown as AssetView
}

const rendition = (assetId: string, kind: string, contents: Record<string, string>) => ({
  id: uuidFrom(`${assetId}/${kind}`),
  kind,
  name: kind,
  contents,
  files: Object.entries(contents).map(([path, text]) => ({ path, mediaType: 'x/y', sizeBytes: text.length, sha256: sha256(text) })),
})

const context = (key: string, input: Record<string, unknown> = {}, signal = new AbortController().signal): JobContext => ({
  job: { id: 'j', number: 1, key, kind: 'publish', attempt: 1, accountId: 1, runId: 'r', nodeId: 'n', assetId: asset.id, input },
  signal,
  progress: () => {},
  log: () => {},
  stagingDir: folder,
})
const run = (kind: string, job: JobContext) => harness.transfer.executors.find((executor) => executor.kind === kind)!.execute(job)

const NAME = 'Żółw_ _Film_-7'

test('a package has its files, its metadata and sums that the usual tools accept', async () => {
  expect(await run('publish', context('k1'))).toEqual({ package: NAME })
  expect(await readdir(published)).toEqual([NAME])
  const packaged = join(published, NAME)
  expect((await readdir(packaged, { recursive: true })).sort()).toEqual([
    'MD5SUMS',
    'SHA256SUMS',
    'hls',
    'hls/master.m3u8',
    'hls/v0',
    'hls/v0/0.m4s',
    'manifest.json',
    'metadata.json',
    'proxy',
    'proxy/proxy.mp4',
  ])
  await run_('sha256sum', ['-c', '--strict', 'SHA256SUMS'], { cwd: packaged })
  await run_('md5sum', ['-c', '--strict', 'MD5SUMS'], { cwd: packaged })
  const manifest = JSON.parse(await readFile(join(packaged, 'manifest.json'), 'utf8')) as { files: unknown[]; jobKey: string }
  expect(manifest).toMatchObject({ format: 'capstan-package', asset: { number: 7 }, jobKey: 'k1' })
  expect(manifest.files).toContainEqual({
    path: 'proxy/proxy.mp4',
    sizeBytes: 11,
    sha256: sha256('proxy bytes'),
    md5: createHash('md5').update('proxy bytes').digest('hex'),
  })
  expect(JSON.parse(await readFile(join(packaged, 'metadata.json'), 'utf8'))).toMatchObject({ number: 7, name: asset.name })
  expect(publishedTo).toEqual([packaged])
})

test('the original goes along when asked for', async () => {
  await run('publish', context('k1', { renditions: ['original'] }))
  expect(await readFile(join(published, NAME, 'original/film.mov'), 'utf8')).toBe('the original')
})

test('the same job makes nothing anew, another one replaces the package', async () => {
  await run('publish', context('k1'))
  await writeFile(join(published, NAME, 'marker'), '')
  await run('publish', context('k1'))
  expect(await readdir(join(published, NAME))).toContain('marker')
  await run('publish', context('k2', { renditions: ['proxy'] }))
  expect(await readdir(published)).toEqual([NAME])
  expect((await readdir(join(published, NAME))).sort()).toEqual(['MD5SUMS', 'SHA256SUMS', 'manifest.json', 'metadata.json', 'proxy'])
})

test('after a new name the package of the old one is gone', async () => {
  await run('publish', context('k1'))
  asset = { ...asset, name: 'Other' }
  await run('publish', context('k2'))
  expect(await readdir(published)).toEqual(['Other-7'])
})

test('a damaged rendition is never published', async () => {
  await writeFile(harness.storage.localPath(`1/${asset.id}/${uuidFrom(`${asset.id}/proxy`)}/proxy.mp4`), 'proxy bytEs')
  await expect(run('publish', context('k1'))).rejects.toMatchObject({ message: expect.stringContaining('damaged') as string })
  expect(await readdir(published)).toEqual([])
  expect(publishedTo).toEqual([])
})

test('a cancelled job leaves nothing', async () => {
  await expect(run('publish', context('k1', {}, AbortSignal.abort(new Error('cancelled'))))).rejects.toThrow('cancelled')
  expect(await readdir(published)).toEqual([])
})

test('unpublish removes it, twice is fine', async () => {
  await run('publish', context('k1'))
  await run('unpublish', context('u1'))
  await run('unpublish', context('u1'))
  expect(await readdir(published)).toEqual([])
  expect(publishedTo.at(-1)).toBeNull()
})
