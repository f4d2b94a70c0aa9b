import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { api } from '@capstan/contract/api'
import { ApiError, createClient } from '@capstan/contract/client'
import type { EventView } from '@capstan/contract/events'
import type { AssetView } from '@capstan/contract/assets'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Clips } from './clips.ts'
import { Platform, until } from './platform.ts'

const LIMIT_MS = 120_000
const FINDABLE_MS = 1_500

let folder: string
let clips: Clips
let platform: Platform
/** The film that was uploaded by tus, once its run has ended. */
let film: AssetView

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer())
const statusOf = (error: unknown): number => (error instanceof ApiError ? error.status : 0)
const renditionOf = (asset: AssetView, kind: string) => {
  const found = asset.renditions.find((rendition) => rendition.kind === kind)
  if (!found) throw new Error(`no ${kind} among ${asset.renditions.map((rendition) => rendition.kind).join(', ')}`)
  return found
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-main-'))
  clips = await Clips.open(folder)
  platform = await Platform.start({ env: { CAPSTAN_LOW_WATER_BYTES: '1000000' } })
  await platform.signIn()
}, LIMIT_MS)

afterAll(async () => {
  await platform.remove()
  rmSync(folder, { recursive: true, force: true })
})

test('an uploaded film is findable within 1.5 s and becomes playable', { timeout: LIMIT_MS }, async () => {
  const name = 'Größe – Übersicht 🎬.mp4'
  const bytes = await clips.videoBytes('film.mp4', 3)
  await platform.upload(name, bytes)
  const answeredAt = performance.now()
  await until(
    'the film in the search',
    async () => (await platform.call(api.search.query, { query: { q: 'übersicht' } })).total === 1,
    10_000,
  )
  const findableMs = performance.now() - answeredAt
  console.log(`findable after ${Math.round(findableMs)} ms`)
  expect(findableMs).toBeLessThan(FINDABLE_MS)

  const { asset, run } = await platform.ended(name)
  film = asset
  expect(run).toMatchObject({ status: 'completed', warnings: [], workflow: 'ingest' })
  expect(asset).toMatchObject({ kind: 'video', originalName: name, sizeBytes: bytes.length, width: 320, height: 180 })
  expect(asset.files[0]?.checksums).toMatchObject({ sha256: sha256(bytes), md5: createHash('md5').update(bytes).digest('hex') })
  expect(asset.renditions.map(({ kind }) => kind).sort()).toEqual(
    expect.arrayContaining(['hls', 'keyframes', 'poster', 'proxy', 'thumbnails', 'waveform']),
  )
  expect(
    run.nodes
      .filter(({ type }) => type === 'action')
      .map(({ status }) => status)
      .filter((status) => !['completed', 'waiting', 'skipped'].includes(status)),
  ).toEqual([])
})

test('a technical fact finds it once it is probed', async () => {
  const { items, facets } = await platform.call(api.search.query, { query: { q: 'kind:video', facets: 'kind' } })
  expect(items.map(({ id }) => id)).toContain(film.id)
  expect(facets.find(({ field }) => field === 'kind')?.values).toContainEqual({ value: 'video', count: 1 })
})

test('the proxy answers byte ranges and is the file of its row', async () => {
  const proxy = renditionOf(film, 'proxy')
  const whole = await platform.fetch(proxy.contentUrl)
  const bytes = await bytesOf(whole)
  expect(whole.headers.get('accept-ranges')).toBe('bytes')
  expect(sha256(bytes)).toBe(proxy.files.find(({ path }) => path === proxy.mainFile)?.sha256)
  const part = await platform.fetch(proxy.contentUrl, { headers: { range: 'bytes=100-299' } })
  expect(part.status).toBe(206)
  expect(part.headers.get('content-range')).toBe(`bytes 100-299/${bytes.length}`)
  expect(await bytesOf(part)).toEqual(bytes.subarray(100, 300))
  expect((await platform.fetch(proxy.contentUrl, { headers: { range: `bytes=${bytes.length}-` } })).status).toBe(416)
  expect(readFileSync(join(platform.data, 'blobs', '1', film.id, proxy.id, 'proxy.mp4'))).toEqual(bytes)
})

test('every file that the HLS playlists name is there', async () => {
  const hls = renditionOf(film, 'hls')
  expect(hls.mainFile).toMatch(/master\.m3u8$/)
  const seen = new Set<string>()
  const follow = async (path: string): Promise<void> => {
    if (seen.has(path)) return
    seen.add(path)
    const response = await platform.fetch(`${hls.contentUrl}/${path}`)
    expect({ path, status: response.status }).toEqual({ path, status: 200 })
    const bytes = await bytesOf(response)
    if (!path.endsWith('.m3u8')) return
    expect(response.headers.get('content-type')).toContain('mpegurl')
    const text = bytes.toString()
    const named = [...text.matchAll(/URI="([^"]+)"/g)]
      .map((match) => match[1] as string)
      .concat(text.split('\n').filter((line) => line && !line.startsWith('#')))
    for (const uri of named) await follow(join(path, '..', uri))
  }
  await follow(hls.mainFile)
  expect([...seen].filter((path) => path.endsWith('.m4s')).length).toBeGreaterThan(0)
})

test('pictures for scrubbing: WebVTT and its sheets', async () => {
  const thumbnails = renditionOf(film, 'thumbnails')
  const response = await platform.fetch(thumbnails.contentUrl)
  expect(response.headers.get('content-type')).toContain('text/vtt')
  const text = await response.text()
  expect(text).toMatch(/^WEBVTT/)
  const sheet = /^(\S+\.(?:jpg|jpeg|webp|png))#xywh=/m.exec(text)?.[1] as string
  const picture = await platform.fetch(`${thumbnails.contentUrl}/${sheet}`)
  expect(picture.status).toBe(200)
  expect(picture.headers.get('content-type')).toMatch(/^image\//)
  const poster = await platform.fetch(renditionOf(film, 'poster').contentUrl)
  expect(poster.headers.get('content-type')).toMatch(/^image\//)
})

test('the original comes as an attachment, only with the right to it', async () => {
  const path = `/api/v1/files/${film.files[0]?.id}/content`
  const response = await platform.fetch(path)
  expect(response.headers.get('content-disposition')).toContain(`filename*=UTF-8''${encodeURIComponent(film.originalName)}`)
  expect(sha256(await bytesOf(response))).toBe(film.files[0]?.checksums.sha256)
  const viewer = await platform.makeToken(['see', 'play_proxy'])
  const headers = { authorization: `Bearer ${viewer}` }
  expect((await fetch(platform.url + path, { headers })).status).toBe(403)
  const proxyUrl = platform.url + renditionOf(film, 'proxy').contentUrl
  expect((await fetch(proxyUrl, { headers })).status).toBe(200)
  expect((await fetch(`${proxyUrl}?download=1`, { headers })).status).toBe(403)
})

test('a full-size still and a sub-clip come from the source', { timeout: LIMIT_MS }, async () => {
  const still = await platform.fetch(`/api/v1/assets/${film.id}/still?frame=40`)
  expect(still.status).toBe(200)
  expect(still.headers.get('content-type')).toMatch(/^image\//)
  const clip = await platform.call(api.assets.addSubClip, {
    params: { id: film.id },
    body: { name: 'second second', inIndex: 25, outIndex: 50 },
  })
  expect(clip).toMatchObject({ inTimecode: '10:00:01:00' })
  const download = await platform.fetch(`/api/v1/assets/${film.id}/sub-clips/${clip.id}/content`)
  expect(download.status).toBe(200)
  expect((await bytesOf(download)).length).toBeGreaterThan(1_000)
})

test('a sub-clip is renamed on the revision that was read', { timeout: LIMIT_MS }, async () => {
  const added = await platform.call(api.assets.addSubClip, { params: { id: film.id }, body: { name: 'Sting', inIndex: 5, outIndex: 9 } })
  const rename = { params: { id: film.id, subClipId: added.id }, body: { name: 'Sting, clean' }, ifMatch: '"1"' }
  expect(await platform.call(api.assets.renameSubClip, rename)).toMatchObject({ name: 'Sting, clean', revision: 2, inIndex: 5 })
  expect(await platform.call(api.assets.renameSubClip, rename).catch(statusOf)).toBe(412)
  await platform.call(api.assets.removeSubClip, { params: rename.params })
  expect(await platform.call(api.assets.renameSubClip, rename).catch(statusOf)).toBe(404)
})

test('markers are set, reworded and removed, with events and audit; those of others need the right to edit', async () => {
  const [params, viewer] = [{ id: film.id }, await reviewer()]
  const mine = await platform.call(api.assets.addMarker, { params, body: { index: 30, text: 'Schnitt früher' } })
  const theirs = await viewer(api.assets.addMarker, { params, body: { index: 10 } })
  expect(mine).toMatchObject({ timecode: '10:00:01:05', createdBy: 'admin', revision: 1 })
  expect((await viewer(api.assets.markers, { params })).items).toEqual([theirs, mine])
  const ofMine = { params: { ...params, markerId: mine.id }, body: { text: 'no' }, ifMatch: '"1"' }
  const ofTheirs = { params: { ...params, markerId: theirs.id }, body: { text: 'Ton fehlt' }, ifMatch: '"1"' }
  expect(await viewer(api.assets.changeMarker, ofMine).catch(statusOf)).toBe(403)
  expect(await viewer(api.assets.removeMarker, { params: ofMine.params }).catch(statusOf)).toBe(403)
  expect(await viewer(api.assets.changeMarker, ofTheirs)).toMatchObject({ text: 'Ton fehlt', revision: 2, createdBy: 'Rita' })
  expect(await platform.call(api.assets.changeMarker, ofTheirs).catch(statusOf)).toBe(412)
  const after = { params, body: { index: 10_000_000 } }
  expect(await platform.call(api.assets.addMarker, after).catch(statusOf)).toBe(400)
  await platform.call(api.assets.removeMarker, { params: ofTheirs.params })
  expect((await platform.call(api.assets.markers, { params })).items).toEqual([mine])
  const { items } = await platform.call(api.events.list, { query: { filter: `asset:${film.id}`, sort: '-sequence', limit: 4 } })
  expect(items.map(({ name, actor }) => `${name} ${actor.name}`)).toEqual([
    'marker.removed admin',
    'marker.changed Rita',
    'marker.created Rita',
    'marker.created admin',
  ])
  await until('the audit', async () => {
    const entries = await platform.call(api.auditEntries.list, { query: { filter: 'action:marker.changed' } })
    return entries.items.some(({ before }) => before?.['text'] === '')
  })
})

/** Somebody else, who looks and plays. */
async function reviewer() {
  const roles = await platform.call(api.roles.list, { query: {} })
  const password = 'walking the harbour at dusk'
  const roleIds = roles.items.filter(({ name }) => name === 'reviewer').map(({ id }) => id)
  await platform.call(api.users.create, { body: { name: 'Rita', password, roleIds } })
  const reply = await fetch(`${platform.url}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Rita', password }),
  })
  const { csrfToken } = (await reply.json()) as { csrfToken: string }
  const cookie = reply.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  return createClient({ baseUrl: platform.url, headers: () => ({ cookie, 'x-csrf-token': csrfToken }) })
}

test('a change needs the ETag it was read with', async () => {
  const { data, etag } = await platform.call.withEtag(api.assets.get, { params: { id: film.id } })
  const change = { params: { id: film.id }, body: { description: 'Zugvögel über dem Watt', tags: ['nature'] } }
  const changed = await platform.call(api.assets.change, { ...change, ifMatch: etag as string })
  expect(changed.revision).toBeGreaterThan(data.revision)
  const stale = await platform.call(api.assets.change, { ...change, ifMatch: etag as string }).catch(statusOf)
  expect(stale).toBe(412)
  const response = await platform.fetch(`/api/v1/assets/${film.id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"x"}',
  })
  expect(response.status).toBe(400)
  expect(response.headers.get('content-type')).toContain('application/problem+json')
  await until(
    'the new words in the search',
    async () => (await platform.call(api.search.query, { query: { q: 'zugvögel tag:nature' } })).total === 1,
    FINDABLE_MS,
  )
})

test('the bin hides an asset and gives it back', async () => {
  const found = async () => (await platform.call(api.search.query, { query: { q: 'zugvögel' } })).total
  await platform.call(api.assets.remove, { params: { id: film.id } })
  expect((await platform.call(api.assets.list, { query: { filter: 'deleted' } })).items.map(({ id }) => id)).toEqual([film.id])
  expect((await platform.call(api.assets.list, {})).items.map(({ id }) => id)).not.toContain(film.id)
  await until('it to leave the search', async () => (await found()) === 0, FINDABLE_MS)
  const inBin = async () =>
    (await platform.call(api.assets.list, { query: { q: 'zugvögel', filter: 'deleted' } })).items.map(({ id }) => id)
  expect(await inBin()).toEqual([film.id])
  expect((await platform.call(api.assets.list, { query: { q: 'zugvögel', filter: 'deleted kind:image' } })).items).toEqual([])
  await platform.call(api.assets.restore, { params: { id: film.id } })
  await until('it to be found again', async () => (await found()) === 1, FINDABLE_MS)
  expect(await inBin()).toEqual([])
  expect((await platform.call(api.assets.list, {})).items.map(({ id }) => id)).toContain(film.id)
})

test.each([
  [{ filter: 'old' }, 'filter'],
  [{ filter: 'kind:film' }, 'filter'],
  [{ q: 'zugvögel', filter: 'old' }, 'filter'],
  [{ sort: 'age' }, 'sort'],
])('a list of assets refuses %j with what it knows', async (query, field) => {
  const refusal = await platform.call(api.assets.list, { query }).catch((error: unknown) => (error as ApiError).problem)
  expect(refusal).toMatchObject({ code: 'invalid', details: { field, allowed: expect.any(Array) as unknown } })
})

test('a published package passes sha256sum and md5sum, and goes again', { timeout: LIMIT_MS }, async () => {
  const runTo = async (runId: string) =>
    until('the run', async () => {
      const run = await platform.call(api.runs.get, { params: { id: runId } })
      return run.status === 'running' ? null : run
    })
  const { runId } = await platform.call(api.assets.publish, { params: { id: film.id }, body: { renditions: ['proxy', 'hls', 'original'] } })
  expect(await runTo(runId)).toMatchObject({ status: 'completed', reason: null })
  const { publishedTo } = await until('it to be published', async () => {
    const asset = await platform.call(api.assets.get, { params: { id: film.id } })
    return asset.publishedTo ? asset : null
  })
  const at = publishedTo as string
  expect(at.startsWith(join(platform.data, 'published'))).toBe(true)
  expect(execFileSync('sha256sum', ['-c', 'SHA256SUMS', '--strict'], { cwd: at, encoding: 'utf8' })).not.toContain('FAILED')
  expect(execFileSync('md5sum', ['-c', 'MD5SUMS', '--strict'], { cwd: at, encoding: 'utf8' })).not.toContain('FAILED')
  expect(JSON.parse(readFileSync(join(at, 'manifest.json'), 'utf8'))).toMatchObject({ format: 'capstan-package', asset: { id: film.id } })
  const { runId: removing } = await platform.call(api.assets.unpublish, { params: { id: film.id } })
  expect(await runTo(removing)).toMatchObject({ status: 'completed' })
  expect(existsSync(at)).toBe(false)
  expect((await platform.call(api.assets.get, { params: { id: film.id } })).publishedTo).toBeNull()
})

test('a hot folder takes what is renamed into it', { timeout: LIMIT_MS }, async () => {
  const hot = join(folder, 'hot')
  await platform.call(api.hotFolders.create, { body: { name: 'Desk', path: hot, quietSeconds: 1 } })
  const clip = await clips.audio('note.wav', 1)
  copyFileSync(clip, join(hot, 'note.wav.part'))
  renameSync(join(hot, 'note.wav.part'), join(hot, 'note.wav'))
  const { asset, run } = await platform.ended('note.wav')
  expect(run).toMatchObject({ status: 'completed', warnings: [] })
  expect(asset.kind).toBe('audio')
  expect(asset.renditions.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['proxy', 'waveform']))
  expect(existsSync(join(hot, 'note.wav'))).toBe(false)
})

test('a second start with files hands them to the first, and so does the socket in place', { timeout: LIMIT_MS }, async () => {
  const clip = await clips.audio('handed over.wav', 1, 500)
  const handed = await Platform.run({ data: platform.data, args: [clip] })
  expect(handed).toMatchObject({ exit: 0 })
  expect(handed.stdout).toContain(`Capstan is ready at ${platform.url}`)
  expect((await platform.ended('handed over.wav')).run.status).toBe('completed')
  expect(existsSync(clip)).toBe(true)

  const inPlace = await clips.audio('in place.wav', 1, 600)
  const before = statSync(inPlace)
  const { items } = await platform.call(api.ingests.create, { body: { paths: [inPlace], inPlace: true } })
  expect(items).toMatchObject([{ error: null }])
  const { asset, run } = await platform.ended('in place.wav')
  expect(run).toMatchObject({ status: 'completed', warnings: [] })
  expect(asset.files[0]).toMatchObject({
    location: { kind: 'in_place', path: inPlace },
    checksums: { sha256: sha256(readFileSync(inPlace)) },
  })
  expect(statSync(inPlace).mtimeMs).toBe(before.mtimeMs)
  expect(existsSync(join(platform.data, 'blobs', '1', asset.id, 'original'))).toBe(false)
})

test('a second start without files refuses with one sentence', async () => {
  const refused = await Platform.run({ data: platform.data })
  expect(refused.exit).toBe(2)
  expect(refused.stderr.trim().split('\n')).toHaveLength(1)
  expect(refused.stderr).toContain(platform.url)
})

test('a job can be cancelled, and tried again', { timeout: LIMIT_MS }, async () => {
  const long = await clips.video('long.mp4', 90, 40)
  await platform.call(api.ingests.create, { body: { paths: [long] } })
  const asset = await until('the asset', () => platform.assetNamed('long.mp4'))
  const job = await until('its running proxy', async () => {
    const { items } = await platform.call(api.jobs.list, { query: { filter: `asset:${asset.id} kind:proxy state:running` } })
    return items[0]
  })
  const cancelled = await platform.call(api.jobs.cancel, { params: { id: job.id } })
  expect(cancelled.state).toBe('cancelled')
  const { run } = await platform.ended('long.mp4')
  expect(run).toMatchObject({ status: 'completed' })
  expect(run.warnings).toHaveLength(1)
  await platform.call(api.jobs.retry, { params: { id: job.id } })
  const done = await until(
    'the job done',
    async () => {
      const now = await platform.call(api.jobs.get, { params: { id: job.id } })
      return ['completed', 'failed'].includes(now.state) ? now : null
    },
    LIMIT_MS,
  )
  expect(done).toMatchObject({ state: 'completed', fault: null })
  const whole = await until('the run without its warning', async () => {
    const now = await platform.call(api.runs.get, { params: { id: run.id } })
    return now.warnings.length === 0 ? now : null
  })
  expect(whole.status).toBe('completed')
  expect((await platform.call(api.jobs.log, { params: { id: job.id } })).items.length).toBeGreaterThan(0)
})

type Frame = { id: number; event: EventView }

/** Reads server-sent events until `enough`, then hangs up. */
async function readStream(after: number, enough: (frames: readonly Frame[]) => boolean): Promise<Frame[]> {
  const abort = new AbortController()
  const response = await platform.fetch('/api/v1/events/stream', { headers: { 'last-event-id': String(after) }, signal: abort.signal })
  const frames: Frame[] = []
  let text = ''
  const timer = setTimeout(() => abort.abort(), 20_000)
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString()
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, id, data] = /^id: (\d+)\nevent: event\ndata: (.*)$/m.exec(block) ?? []
        if (id && data) frames.push({ id: Number(id), event: JSON.parse(data) as EventView })
      }
      if (enough(frames)) return frames
    }
    return frames
  } finally {
    clearTimeout(timer)
    abort.abort()
  }
}

test('a stream that goes on after Last-Event-ID loses nothing and repeats nothing', async () => {
  const all: EventView[] = []
  for (let cursor: string | undefined = '0'; cursor !== undefined;) {
    const page: { items: EventView[]; nextCursor: string | null } = await platform.call(api.events.list, { query: { cursor, limit: 200 } })
    all.push(...page.items)
    cursor = page.nextCursor ?? undefined
  }
  expect(all.length).toBeGreaterThan(50)
  const half = Math.floor(all.length / 2)
  const first = await readStream(0, (frames) => frames.length >= half)
  const lastId = first.at(-1)?.id as number
  const change = readStream(lastId, (frames) =>
    frames.some(({ event }) => event.name === 'asset.changed' && event.after?.['name'] === 'renamed while streaming'),
  )
  await platform.call(api.assets.change, { params: { id: film.id }, body: { name: 'renamed while streaming' }, ifMatch: '*' })
  const sequences = [...first, ...(await change)].map(({ id }) => id)
  expect(new Set(sequences).size).toBe(sequences.length)
  expect(sequences).toEqual([...sequences].sort((a, b) => a - b))
  const missing = all.map(({ sequence }) => sequence).filter((sequence) => !sequences.includes(sequence))
  expect(missing).toEqual([])
})

test('what people did stands in the audit log', async () => {
  const actions = async () => (await platform.call(api.auditEntries.list, { query: { limit: 200 } })).items
  const wanted = [
    'asset.changed',
    'asset.deleted',
    'asset.restored',
    'asset.played',
    'original.downloaded',
    'sub_clip.exported',
    'token.created',
    'hot_folder.created',
    'request.refused',
  ]
  const entries = await until(
    'the audit entries',
    async () => {
      const items = await actions()
      return wanted.every((action) => items.some((entry) => entry.action === action)) ? items : null
    },
    3_000,
  ).catch(actions)
  expect(wanted.filter((action) => !entries.some((entry) => entry.action === action))).toEqual([])
  const change = entries.find(({ action, after }) => action === 'asset.changed' && after?.['description'] !== undefined)
  expect(change).toMatchObject({
    actor: { kind: 'user', name: 'admin' },
    outcome: 'done',
    after: { description: 'Zugvögel über dem Watt' },
  })
  expect(JSON.stringify(entries)).not.toContain(platform.token)
})

test('the metrics tell of jobs and requests', async () => {
  const text = await (await fetch(`${platform.url}/metrics`)).text()
  for (const name of [
    'capstan_http_requests_total',
    '# TYPE capstan_jobs gauge',
    'capstan_jobs_ended_total{kind="probe",state="completed"}',
    'capstan_queue_age_seconds{pool="encode"}',
    'capstan_event_loop_lag_seconds',
  ])
    expect(text).toContain(name)
  expect((await fetch(`${platform.url}/healthz`)).status).toBe(200)
  expect((await fetch(`${platform.url}/readyz`)).status).toBe(200)
})

test('it stops within its time and starts again where it was', { timeout: LIMIT_MS }, async () => {
  const { token, data } = platform
  expect(await platform.stop()).toBe(0)
  const startedAt = performance.now()
  platform = await Platform.start({ data, env: { CAPSTAN_LOW_WATER_BYTES: '1000000' } })
  console.log(`second start ready after ${Math.round(performance.now() - startedAt)} ms`)
  await platform.signIn(token)
  expect((await platform.call(api.assets.get, { params: { id: film.id } })).name).toBe('renamed while streaming')
  expect(basename(data)).toBe(basename(platform.data))
})
