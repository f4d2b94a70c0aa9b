import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { api } from '@capstan/contract/api'
import type { AssetView } from '@capstan/contract/assets'
import type { RunView } from '@capstan/contract/work'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { Clips } from './clips.ts'
import { Platform, until } from './platform.ts'

const ALL_MS = 240_000
const SECRET = 'secret-marker-zanzibar'

type Outcome = 'completed' | 'warned' | 'failed'
type Hostile = { name: string; bytes: Buffer; may: Outcome[]; says?: RegExp }

let folder: string
let platform: Platform
let lure: Server
let lured = 0
const results = new Map<string, { asset: AssetView; run: RunView; outcome: Outcome }>()

/** A chunk of a PNG file. */
function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

/** A one-bit grey PNG that says it is so large; `rows` of it are really there. */
function pngOf(width: number, height: number, rows = height): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.writeUInt8(1, 8)
  const pixels = deflateSync(Buffer.alloc(rows * (Math.ceil(width / 8) + 1)), { level: 1 })
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', pixels),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

async function zipOf(entries: Record<string, Buffer>): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, bytes] of Object.entries(entries)) zip.addBuffer(bytes, name)
  zip.end()
  const chunks: Buffer[] = []
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const CONTENT_TYPES = Buffer.from(
  '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
)

const noise = (length: number): Buffer => {
  let state = 12_345
  return Buffer.from(Array.from({ length }, () => (state = (state * 1_103_515_245 + 12_345) & 0x7fffffff) >> 16))
}

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] as number) ^ 0xff
  return copy
}

const ANY: Outcome[] = ['completed', 'warned', 'failed']

async function makeHostile(clips: Clips, secretFilm: string, port: number): Promise<Hostile[]> {
  const film = await clips.videoBytes('film.mp4', 1)
  const moov = film.indexOf('moov')
  const matroska = readFileSync(
    await clips.make('film.mkv', ['-f', 'lavfi', '-i', 'testsrc=size=160x90:duration=2', '-c:v', 'libx264', '-f', 'matroska']),
  )
  const playlist = (uri: string) => Buffer.from(`#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${uri}\n#EXT-X-ENDLIST\n`)
  return [
    { name: 'empty.mp4', bytes: Buffer.alloc(0), may: ['failed'], says: /empty/ },
    { name: 'cut before its index.mp4', bytes: film.subarray(0, moov - 20), may: ['failed'], says: /cut off|index/ },
    { name: 'cut.mkv', bytes: matroska.subarray(0, matroska.length >> 1), may: ['completed', 'warned'] },
    { name: 'head only.mkv', bytes: matroska.subarray(0, 64), may: ['failed'] },
    { name: 'noise.mp4', bytes: noise(50_000), may: ['completed'] },
    { name: 'noise behind a signature.mp4', bytes: Buffer.concat([film.subarray(0, 32), noise(50_000)]), may: ['failed'] },
    {
      name: 'noise behind a signature.wav',
      bytes: Buffer.concat([Buffer.from('RIFF\xff\xff\xff\x7fWAVE', 'latin1'), noise(5_000)]),
      may: ['failed'],
    },
    {
      name: 'noise behind a signature.jpg',
      bytes: Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), noise(5_000)]),
      may: ['failed'],
    },
    { name: 'noise behind a signature.pdf', bytes: Buffer.concat([Buffer.from('%PDF-1.7\n'), noise(5_000)]), may: ['failed'] },
    ...[4, 30, 90, 200].map((at): Hostile => ({ name: `byte ${at} of the index changed.mp4`, bytes: flipped(film, moov + at), may: ANY })),
    { name: 'byte of the signature changed.mp4', bytes: flipped(film, 5), may: ANY },
    { name: 'one pixel.png', bytes: pngOf(1, 1), may: ['completed'] },
    { name: 'thirty thousand.png', bytes: pngOf(30_000, 30_000), may: ['completed', 'warned'] },
    { name: 'says it is huge.png', bytes: pngOf(200_000, 200_000, 10), may: ['warned'], says: /large|pixel|read/i },
    { name: 'bomb.zip', bytes: await zipOf({ 'zeros.bin': Buffer.alloc(60_000_000) }), may: ['completed'] },
    {
      name: 'bomb.docx',
      bytes: await zipOf({ '[Content_Types].xml': CONTENT_TYPES, 'word/document.xml': Buffer.alloc(300_000_000, ' ') }),
      may: ['warned'],
    },
    { name: 'local playlist.m3u8', bytes: playlist(`file://${secretFilm}`), may: ANY },
    { name: 'local playlist.mov', bytes: playlist(secretFilm), may: ANY },
    { name: 'network playlist.mov', bytes: playlist(`http://127.0.0.1:${port}/segment.ts`), may: ANY },
    { name: 'concat.mov', bytes: Buffer.from(`ffconcat version 1.0\nfile '${secretFilm}'\n`), may: ANY },
    { name: 'concat network.mp4', bytes: Buffer.from(`ffconcat version 1.0\nfile http://127.0.0.1:${port}/x.mp4\n`), may: ANY },
    {
      name: 'picture.svg',
      bytes: Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><script>alert(1)</script><image href="http://127.0.0.1:${port}/x.png"/><image href="file:///etc/passwd"/><rect width="9" height="9"/></svg>`,
      ),
      may: ANY,
    },
    {
      name: 'page.html',
      bytes: Buffer.from('<!doctype html><html><body><script>alert(1)</script>hello</body></html>'),
      may: ['completed'],
    },
  ]
}

const outcomeOf = ({ status, warnings }: RunView): Outcome =>
  status !== 'completed' ? 'failed' : warnings.length > 0 ? 'warned' : 'completed'

let hostile: Hostile[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-hostile-'))
  lure = createServer((_, response) => {
    lured++
    response.end('x')
  })
  await new Promise<void>((resolve) => lure.listen(0, '127.0.0.1', resolve))
  const clips = await Clips.open(folder)
  const secretFilm = await clips.make('secret.ts', [
    '-f',
    'lavfi',
    '-i',
    'testsrc=size=160x90:duration=1',
    '-c:v',
    'libx264',
    '-metadata',
    `title=${SECRET}`,
    '-f',
    'mpegts',
  ])
  hostile = await makeHostile(clips, secretFilm, (lure.address() as AddressInfo).port)
  platform = await Platform.start()
  await platform.signIn()
  for (const { name, bytes } of hostile) await platform.upload(name, bytes)
  for (const { name } of hostile) {
    const { asset, run } = await platform.ended(name, ALL_MS)
    results.set(name, { asset, run, outcome: outcomeOf(run) })
  }
  for (const [name, { asset, run, outcome }] of results)
    console.log(`${outcome.padEnd(9)} ${asset.kind.padEnd(8)} ${name}: ${run.reason ?? run.warnings.join('; ')}`)
}, ALL_MS)

afterAll(async () => {
  lure.close()
  await platform.remove()
  rmSync(folder, { recursive: true, force: true })
})

const get = (name: string) => {
  const result = results.get(name)
  if (!result) throw new Error(`${name} has no result`)
  return result
}

test('every hostile file has the outcome it deserves, and says why', () => {
  const wrong = hostile.flatMap(({ name, may, says }) => {
    const { outcome, run, asset } = get(name)
    const told = run.reason ?? run.warnings.join('; ')
    if (!may.includes(outcome)) return [`${name}: ${outcome} (${told})`]
    if (outcome !== 'completed' && told.length < 10) return [`${name} does not say why`]
    if (says && !says.test(told)) return [`${name} says: ${told}`]
    if (outcome === 'failed' && asset.renditions.length > 0) return [`${name} failed and yet has renditions`]
    return []
  })
  expect(wrong).toEqual([])
})

test('no reason shows a path or a stack of the server', () => {
  for (const { run } of results.values())
    expect(`${run.reason} ${run.warnings.join()}`).not.toMatch(/\/in\/0|node_modules|\.ts:\d|capstan-test-/)
})

test('nobody followed a playlist, to another file or to the network', async () => {
  expect(lured).toBe(0)
  expect((await platform.call(api.search.query, { query: { q: `"${SECRET}"` } })).total).toBe(0)
  for (const name of ['local playlist.m3u8', 'local playlist.mov', 'network playlist.mov', 'concat.mov', 'concat network.mp4'])
    expect(get(name).asset.renditions.filter(({ kind }) => kind === 'proxy' || kind === 'poster')).toEqual([])
})

test.each(['picture.svg', 'page.html'])('%s is never served as a page', async (name) => {
  const { asset } = get(name)
  const urls = [`/api/v1/files/${asset.files[0]?.id}/content`, ...asset.renditions.map(({ contentUrl }) => contentUrl)]
  for (const url of urls) {
    const response = await platform.fetch(url)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).not.toMatch(/html|svg|xml|javascript/)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    if (!/^image\//.test(response.headers.get('content-type') ?? ''))
      expect(response.headers.get('content-disposition')).toMatch(/^attachment/)
    await response.arrayBuffer()
  }
})

test('no tool died on its feet, and nothing is left in the staging folders', () => {
  const left = readdirSync(join(platform.data, 'tmp'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  expect(left.map(({ name }) => name)).toEqual([])
})

const NAMES = [
  ['a path upwards', '../../../etc/passwd'],
  ['an absolute path', '/etc/shadow'],
  ['a Windows path', 'C:\\temp\\film.txt'],
  ['a line end', 'two\nlines.txt'],
  ['quotes', `it's "quoted" \`here\` $(touch x).txt`],
  ['emoji', '👩‍👩‍👧‍👦 Final FINAL 🎬.txt'],
  ['right to left', 'תקציר ‮txt.exe.txt'],
  ['composed', 'caf\u00e9.txt'],
  ['decomposed', 'cafe\u0301.txt'],
  ['255 bytes', `${'ü'.repeat(125)}x.txt`],
  ['a dash first', '-rf --delete.txt'],
  ['a dot alone', '.'],
  ['two dots', '..'],
  ['markup', '<img src=x onerror=alert(1)>.txt'],
  ['a device', 'CON.txt'],
] as const

describe('names', () => {
  beforeAll(async () => {
    for (const [, name] of NAMES) await platform.upload(name, Buffer.from(`words of ${name}`))
  }, ALL_MS)

  test.each(NAMES)('with %s is kept exactly', { timeout: ALL_MS }, async (_, name) => {
    const { asset, run } = await platform.ended(name)
    expect(run.status).toBe('completed')
    expect(asset.originalName).toBe(name)
    expect(asset.files[0]?.location.path).not.toMatch(/\.\.|etc|\\/)
    const response = await platform.fetch(`/api/v1/files/${asset.files[0]?.id}/content`)
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[\x21-\x7e]*$/)
    expect(await response.text()).toBe(`words of ${name}`)
  })

  test('with NUL is refused in words', async () => {
    const response = await platform.createUpload('nul\0name.txt', 5)
    expect([201, 400]).toContain(response.status)
  })

  test('in a package too', { timeout: ALL_MS }, async () => {
    for (const [, name] of NAMES.slice(0, 9)) {
      const asset = (await platform.assetNamed(name)) as AssetView
      const { runId } = await platform.call(api.assets.publish, { params: { id: asset.id }, body: { renditions: ['original'] } })
      const run = await until('its run', async () => {
        const now = await platform.call(api.runs.get, { params: { id: runId } })
        return now.status === 'running' ? null : now
      })
      expect({ name, status: run.status, reason: run.reason }).toEqual({ name, status: 'completed', reason: null })
    }
    const packages = readdirSync(join(platform.data, 'published'))
    expect(packages.filter((name) => !name.startsWith('.'))).toHaveLength(9)
    expect(readdirSync(platform.data).sort()).toEqual(expect.arrayContaining(['blobs', 'capstan.db', 'published']))
  })
})

test('a hot folder takes every name that a disk can hold', { timeout: ALL_MS }, async () => {
  const hot = join(folder, 'hot')
  await platform.call(api.hotFolders.create, { body: { name: 'Names', path: hot, quietSeconds: 0.3 } })
  const names = [
    'line\nend hot.txt',
    '-dash hot.txt',
    '"quotes\' hot.txt',
    'caf\u00e9 hot.txt',
    'cafe\u0301 hot.txt',
    `${'ü'.repeat(125)}h.txt`,
  ]
  for (const name of names) writeFileSync(join(hot, name), `hot ${name}`)
  writeFileSync(Buffer.concat([Buffer.from(`${hot}/`), Buffer.from([0xff, 0xfe]), Buffer.from(' hot.txt')]), 'no UTF-8')
  for (const name of names) expect((await platform.ended(name)).asset.originalName).toBe(name)
  const odd = (await platform.ended('\ufffd\ufffd hot.txt')).asset
  expect(Buffer.from(odd.files[0]?.nameBytes ?? '', 'base64').subarray(0, 2)).toEqual(Buffer.from([0xff, 0xfe]))
})

test(
  'after all this it still serves',
  async () => {
    expect((await fetch(`${platform.url}/healthz`)).status).toBe(200)
    expect((await fetch(`${platform.url}/readyz`)).status).toBe(200)
    await platform.upload('good at last.mp4', await (await Clips.open(join(folder, 'last'))).videoBytes('good.mp4', 1))
    expect((await platform.ended('good at last.mp4')).run).toMatchObject({ status: 'completed', warnings: [] })
  },
  ALL_MS,
)
