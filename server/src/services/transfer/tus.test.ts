import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Upload } from 'tus-js-client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CapstanError } from '../../lib/errors.ts'
import type { AssetView } from '@capstan/contract/assets'
import type { Principal } from '../identity/api.ts'
import type { Arrival } from './domain/arrival.ts'
import { listUploads } from './use-cases/list-uploads.ts'
import { openHarness, person, serveUploads, type Harness } from '../../../test/transfer/harness.ts'

let folder: string
let harness: Harness
let served: Awaited<ReturnType<typeof serveUploads>>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-tus-'))
  harness = await openHarness(folder)
  served = await serveUploads(harness.transfer)
})
afterEach(async () => {
  await served.close()
  await harness.stop()
  await rm(folder, { recursive: true })
})

const TUS = { 'Tus-Resumable': '1.0.0' }
const BYTES = { ...TUS, 'Content-Type': 'application/offset+octet-stream' }
const base64 = (value: string | Buffer) => Buffer.from(value as string).toString('base64')

async function create(
  length: number,
  metadata: Record<string, string | Buffer> = { filename: 'film.mov' },
  extra: Record<string, string> = {},
  body?: Buffer,
) {
  const pairs = Object.entries(metadata).map(([key, value]) => `${key} ${base64(value)}`)
  const response = await fetch(served.url, {
    method: 'POST',
    headers: { ...TUS, 'Upload-Length': String(length), 'Upload-Metadata': pairs.join(','), ...extra },
    ...(body ? { body: new Uint8Array(body) } : {}),
  })
  const location = response.headers.get('location')
  return { response, url: location ? new URL(location, served.url).href : '' }
}

const patch = (url: string, offset: number, body: Buffer, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'PATCH', headers: { ...BYTES, 'Upload-Offset': String(offset), ...headers }, body: new Uint8Array(body) })

const offsetOf = async (url: string) => Number((await fetch(url, { method: 'HEAD', headers: TUS })).headers.get('upload-offset'))

const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex')

async function expectStored(data: Buffer): Promise<void> {
  const [asset] = harness.effects.registered()
  expect(asset?.file?.checksums).toMatchObject({ sha256: sha256(data), md5: createHash('md5').update(data).digest('hex') })
  expect(await readFile(harness.storage.localPath(asset!.file!.path))).toEqual(data)
  expect(await readdir(join(folder, 'uploads'))).toEqual([])
}

describe('tus 1.0', () => {
  test('tells what it can', async () => {
    const response = await fetch(served.url, { method: 'OPTIONS' })
    expect(response.status).toBe(204)
    expect(response.headers.get('tus-version')).toBe('1.0.0')
    expect(response.headers.get('tus-extension')).toBe('creation,creation-with-upload,expiration,checksum,termination')
    expect(response.headers.get('tus-checksum-algorithm')).toBe('sha1,sha256,md5')
  })

  test('a fault that nobody foresaw is told without its words, which the log has', async () => {
    vi.spyOn(harness.storage, 'space').mockRejectedValue(new Error('/srv/data is stuck'))
    const { response } = await create(5)
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ code: 'internal', detail: 'the upload failed here; the log has the reason' })
  })

  test.each([
    ['may publish', ['ingest', 'publish'] as const],
    ['may not', ['ingest'] as const],
  ])('its workflow is started with what its owner was allowed, who %s, also after a restart', async (_, rights) => {
    await served.close()
    const asked: string[][] = []
    const workflows = {
      checkStart: async () => {},
      start: async (by: Principal) => {
        if (asked.push([...by.rights]) === 1) throw new CapstanError('unavailable', 'not now')
        return { runId: 'r' }
      },
    }
    await harness.stop()
    harness = await openHarness(folder, { workflows })
    served = await serveUploads(harness.transfer, person('Ada', rights))
    const { url } = await create(3)
    expect((await patch(url, 0, Buffer.from('abc'))).status).toBe(204)
    await harness.stop()
    harness = await openHarness(folder, { workflows })
    await harness.transfer.start()
    expect(asked).toEqual([[...rights], [...rights]])
  })

  test('a workflow that its owner may not start is refused before the first byte, with the reason', async () => {
    const other = await serveUploads(harness.transfer, person('Bob', ['ingest']))
    const metadata = `filename YS5tb3Y=,workflow ${Buffer.from('ingest-and-publish').toString('base64')}`
    const response = await fetch(other.url, { method: 'POST', headers: { ...TUS, 'Upload-Length': '3', 'Upload-Metadata': metadata } })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('right "publish"') as string })
    expect((await harness.store.list(1, { limit: 1, cursor: null, states: null, source: null, byId: null })).items).toEqual([])
    await other.close()
  })

  test('whoever leaves ten thousand unfinished begins no other, until some are gone', async () => {
    const { url } = await create(3)
    const [mine] = (await harness.store.list(1, { limit: 1, cursor: null, states: null, source: null, byId: null })).items
    const inStates = async (_: unknown, afterId: string) =>
      afterId === 'last' ? [] : Array<Arrival>(10_000).fill({ ...mine!, id: 'last' })
    const before = harness.store.inStates
    harness.store.inStates = inStates
    expect((await create(3)).response.status).toBe(429)
    harness.store.inStates = before
    expect((await create(3)).response.status).toBe(201)
    expect(await offsetOf(url)).toBe(0)
  })

  test('only a POST may stand for another method', async () => {
    const { url } = await create(3)
    const response = await fetch(url, { method: 'HEAD', headers: { ...TUS, 'X-HTTP-Method-Override': 'DELETE' } })
    expect([response.status, response.headers.get('upload-offset')]).toEqual([200, '0'])
  })

  test('an upload becomes a stored, checksummed asset with a run', async () => {
    const data = randomBytes(300_000)
    const { response, url } = await create(data.length, { filename: 'Film.MOV', workflow: 'ingest-and-publish' })
    expect(response.status).toBe(201)
    expect(Date.parse(response.headers.get('upload-expires')!) - Date.now()).toBeGreaterThan(6.9 * 86_400_000)
    const first = await patch(url, 0, data.subarray(0, 100_000))
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, '100000'])
    expect(await offsetOf(url)).toBe(100_000)
    const last = await patch(url, 100_000, data.subarray(100_000))
    expect([last.status, last.headers.get('upload-offset')]).toEqual([204, '300000'])
    const [asset] = harness.effects.registered()
    expect(asset).toMatchObject({
      originalName: 'Film.MOV',
      file: { storage: 'main', kind: 'managed', path: `1/${asset!.id}/original/original.mov`, sizeBytes: 300_000 },
    })
    expect(harness.effects.started()).toMatchObject([{ workflow: 'ingest-and-publish', assetId: asset!.id }])
    await expectStored(data)
    expect(last.headers.get('capstan-asset-id')).toBe(asset!.id)
    expect(await offsetOf(url)).toBe(300_000)
  })

  test('bytes may come with the creation', async () => {
    const data = randomBytes(5_000)
    const { response } = await create(data.length, { filename: 'a.bin' }, { 'Content-Type': 'application/offset+octet-stream' }, data)
    expect([response.status, response.headers.get('upload-offset')]).toEqual([201, '5000'])
    await expectStored(data)
  })

  test('an empty file arrives too', async () => {
    const { response } = await create(0)
    expect(response.status).toBe(201)
    expect(harness.effects.registered()).toMatchObject([{ file: { sizeBytes: 0 } }])
  })

  test.each(['sha1', 'sha256', 'md5'])('%s of a request is verified before its bytes count', async (algorithm) => {
    const data = randomBytes(50_000)
    const { url } = await create(data.length)
    const sum = (part: Buffer) => ({ 'Upload-Checksum': `${algorithm} ${createHash(algorithm).update(part).digest('base64')}` })
    expect((await patch(url, 0, data.subarray(0, 20_000), sum(data.subarray(0, 20_000)))).status).toBe(204)
    const wrong = await patch(url, 20_000, data.subarray(20_000), sum(data.subarray(0, 20_000)))
    expect(wrong.status).toBe(460)
    expect(await offsetOf(url)).toBe(20_000)
    expect(harness.effects.registered()).toEqual([])
    expect((await patch(url, 20_000, data.subarray(20_000), sum(data.subarray(20_000)))).status).toBe(204)
    await expectStored(data)
  })

  test.each([
    ['no version', { 'Tus-Resumable': '' }, 412],
    ['another version', { 'Tus-Resumable': '0.2.2' }, 412],
    ['a wrong content type', { 'Content-Type': 'text/plain' }, 415],
    ['a negative offset', { 'Upload-Offset': '-1' }, 400],
    ['an offset ahead', { 'Upload-Offset': '5' }, 409],
    ['an unknown checksum', { 'Upload-Checksum': 'crc32 AAAA' }, 400],
  ])('a request with %s is refused', async (_, headers, status) => {
    const { url } = await create(10)
    expect((await patch(url, 0, Buffer.from('x'), headers)).status).toBe(status)
    expect(await offsetOf(url)).toBe(0)
  })

  test('more bytes than announced are refused', async () => {
    const { url } = await create(10)
    expect((await patch(url, 0, randomBytes(11))).status).toBe(413)
  })

  test('deferred lengths and broken metadata are refused', async () => {
    expect((await fetch(served.url, { method: 'POST', headers: { ...TUS, 'Upload-Defer-Length': '1' } })).status).toBe(400)
    expect(
      (await fetch(served.url, { method: 'POST', headers: { ...TUS, 'Upload-Length': '1', 'Upload-Metadata': 'a b c' } })).status,
    ).toBe(400)
  })

  test('a terminated upload is gone with its bytes', async () => {
    const { url } = await create(10)
    await patch(url, 0, Buffer.from('abc'))
    expect((await fetch(url, { method: 'DELETE', headers: TUS })).status).toBe(204)
    expect((await fetch(url, { method: 'HEAD', headers: TUS })).status).toBe(404)
    expect(await readdir(join(folder, 'uploads'))).toEqual([])
  })

  test('methods travel in a header where proxies know only POST', async () => {
    const { url } = await create(3)
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...BYTES, 'Upload-Offset': '0', 'X-HTTP-Method-Override': 'PATCH' },
      body: 'abc',
    })
    expect(response.status).toBe(204)
  })

  test.each([
    'Żółw 🐢.mov',
    'ملف.mov',
    '\u202egpj.exe',
    'Cafe\u0301.wav',
    'Caf\u00e9.wav',
    '-rf',
    '../../etc/passwd',
    'a\nb"c\'.mov',
    'x'.repeat(255),
  ])('the name %j is kept exactly', async (filename) => {
    await create(1, { filename }, { 'Content-Type': 'application/offset+octet-stream' }, Buffer.from('x'))
    const [asset] = harness.effects.registered()
    expect([asset?.originalName, asset?.nameBytes]).toEqual([filename, null])
    expect(asset?.file?.path).toMatch(/^1\/[0-9a-f-]{36}\/original\/original(\.\w+)?$/)
  })

  test('a name that is no UTF-8 keeps its bytes', async () => {
    const bytes = Buffer.from([0x66, 0xe9, 0x2e, 0x6d, 0x6f, 0x76])
    await create(1, { filename: bytes }, { 'Content-Type': 'application/offset+octet-stream' }, Buffer.from('x'))
    expect(harness.effects.registered()).toMatchObject([{ originalName: 'f\uFFFD.mov', nameBytes: bytes.toString('base64') }])
  })

  test('a workflow that does not exist leaves the asset', async () => {
    const { url } = await create(1, { filename: 'a', workflow: 'missing' })
    expect((await patch(url, 0, Buffer.from('x'))).status).toBe(204)
    expect(harness.effects.registered()).toHaveLength(1)
    const { items } = await harness.store.list(1, { limit: 10, cursor: null, states: null, source: null, byId: null })
    expect(items).toMatchObject([{ state: 'taken', reason: 'no workflow was started: there is no workflow missing' }])
  })
})

describe('interruptions', () => {
  /** Sends a part and cuts the line. */
  const sendPart = (url: string, offset: number, part: Buffer, total: number, headers: Record<string, string> = {}) =>
    new Promise<void>((resolve) => {
      const req = request(url, {
        method: 'PATCH',
        headers: { ...BYTES, 'Upload-Offset': String(offset), 'Content-Length': String(total), ...headers },
      })
      req.on('error', () => {}).on('close', resolve)
      req.write(part, () => setTimeout(() => req.destroy(), 100))
    })

  const settled = async (url: string): Promise<number> => {
    for (let tries = 0; tries < 50; tries++) {
      const response = await patch(url, 999_999_999, Buffer.alloc(0))
      if (response.status === 409) return offsetOf(url)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('the upload stays locked')
  }

  test('what came before the line was cut stays', async () => {
    const data = randomBytes(1_000_000)
    const { url } = await create(data.length)
    await sendPart(url, 0, data.subarray(0, 400_000), data.length)
    const offset = await settled(url)
    expect(offset).toBe(400_000)
    expect((await patch(url, offset, data.subarray(offset))).status).toBe(204)
    await expectStored(data)
  })

  test('with a checksum nothing of a cut request counts', async () => {
    const data = randomBytes(100_000)
    const { url } = await create(data.length)
    await patch(url, 0, data.subarray(0, 10))
    await sendPart(url, 10, data.subarray(10, 50_000), data.length - 10, { 'Upload-Checksum': `md5 ${base64(Buffer.alloc(16))}` })
    expect(await settled(url)).toBe(10)
  })

  test('a second writer is refused while the first brings bytes, and takes over when it is silent', async () => {
    const data = randomBytes(10)
    const { url } = await create(data.length)
    const { hostname, port, pathname } = new URL(url)
    const silent = connect(Number(port), hostname)
    silent.on('error', () => {})
    silent.write(
      `PATCH ${pathname} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: 10\r\n\r\n12345`,
    )
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await patch(url, 0, data)).status).toBe(423)
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect((await patch(url, 0, data)).status).toBe(409)
    expect(await offsetOf(url)).toBe(5)
    silent.destroy()
  })

  test('a client that is silent for minutes loses its connection, not its bytes', async () => {
    const asked: number[] = []
    const impatient = createServer((req, res) => {
      const setTimeout = req.setTimeout.bind(req)
      req.setTimeout = (ms, callback) => {
        asked.push(ms)
        return setTimeout(ms === 0 ? 0 : 200, callback)
      }
      void harness.transfer.uploadHandler(req, res, person())
    })
    await new Promise<void>((resolve) => impatient.listen(0, '127.0.0.1', resolve))
    const { port } = impatient.address() as AddressInfo
    const { url } = await create(10)
    const silent = connect(port, '127.0.0.1')
    silent.on('error', () => {})
    const closed = new Promise((resolve) => silent.once('close', resolve))
    silent.write(
      `PATCH ${new URL(url).pathname} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: 10\r\n\r\n12345`,
    )
    await closed
    expect(asked[0]).toBe(300_000)
    await expect.poll(async () => (await patch(url, 5, Buffer.from('67890'))).status).toBe(204)
    await new Promise((resolve) => impatient.close(resolve))
  })

  test('a restarted server goes on where the bytes end', async () => {
    const data = randomBytes(500_000)
    const { url } = await create(data.length, { filename: 'a.wav', fingerprint: 'f1' })
    await patch(url, 0, data.subarray(0, 200_000))
    await served.close()
    await harness.stop()
    harness = await openHarness(folder)
    await harness.transfer.start()
    served = await serveUploads(harness.transfer)
    const again = new URL(new URL(url).pathname, served.url).href
    expect(await offsetOf(again)).toBe(200_000)
    expect((await patch(again, 200_000, data.subarray(200_000))).status).toBe(204)
    await expectStored(data)
  })

  test('the same file again is told what is unfinished of it, and what arrived and is still there', async () => {
    const gone = new Set<string>()
    const view = async (_: number, id: string) => {
      if (gone.has(id)) throw new CapstanError('not_found', 'purged')
      return { flags: [] } as unknown as AssetView
    }
    const { store } = harness
    const known = (fingerprint: string | null, by = person()) =>
      listUploads({ store, live: { liveBytes: () => null, isSending: () => false }, assets: { view } })(by, {
        limit: 9,
        cursor: null,
        fingerprint,
      })
    const { url } = await create(
      5,
      { filename: 'a.txt', fingerprint: 'v1-5-a' },
      { 'Content-Type': BYTES['Content-Type'] },
      Buffer.from('bytes'),
    )
    const [arrived] = (await known('v1-5-a')).items
    expect(arrived).toMatchObject({ url: new URL(url).pathname, sizeBytes: 5, assetId: harness.effects.registered()[0]?.id })
    await create(5, { filename: 'a.txt', fingerprint: 'v1-5-a' })
    expect((await known('v1-5-a')).items.map(({ assetId }) => assetId)).toEqual([null, arrived?.assetId])
    expect((await known(null)).items).toMatchObject([{ assetId: null, receivedBytes: 0 }])
    expect((await known('v1-5-b')).items).toEqual([])
    expect((await known('v1-5-a', person('Eve'))).items).toEqual([])
    gone.add(arrived?.assetId ?? '')
    expect((await known('v1-5-a')).items.map(({ assetId }) => assetId)).toEqual([null])
  })

  test('another person does not see an upload', async () => {
    const { url } = await create(10)
    const other = await serveUploads(harness.transfer, person('Eve', ['ingest', 'see']))
    const response = await fetch(new URL(new URL(url).pathname, other.url), { method: 'HEAD', headers: TUS })
    expect(response.status).toBe(404)
    const guest = await serveUploads(harness.transfer, person('Guest', ['see']))
    expect((await fetch(guest.url, { method: 'POST', headers: { ...TUS, 'Upload-Length': '1' } })).status).toBe(403)
    await other.close()
    await guest.close()
  })
})

test('tus-js-client uploads, aborts and resumes', async () => {
  const data = randomBytes(3_000_000)
  const options = {
    endpoint: served.url,
    chunkSize: 500_000,
    retryDelays: [50, 100],
    metadata: { filename: 'clip.mxf', filetype: 'application/mxf' },
    uploadDataDuringCreation: true,
  }
  const url = await new Promise<string>((resolve, reject) => {
    const upload = new Upload(data, {
      ...options,
      onError: reject,
      onChunkComplete: (_, accepted) => {
        if (accepted < 1_000_000) return
        const { url: known } = upload
        void upload.abort().then(() => resolve(known!))
      },
    })
    upload.start()
  })
  expect(harness.effects.registered()).toEqual([])
  await new Promise<void>((resolve, reject) =>
    new Upload(data, { ...options, uploadUrl: url, onError: reject, onSuccess: () => resolve() }).start(),
  )
  await expectStored(data)
})

test('no room: refused with words before the first byte', async () => {
  const tight = await openHarness(join(folder, 'tight'), {
    settings: { lowWaterBytes: () => Number.MAX_SAFE_INTEGER, inPlaceBytesPerSecond: null },
  })
  const server = await serveUploads(tight.transfer)
  const response = await fetch(server.url, { method: 'POST', headers: { ...TUS, 'Upload-Length': '1000' } })
  expect(response.status).toBe(507)
  expect(await response.json()).toMatchObject({ code: 'no_space', detail: expect.stringContaining('there is no room') as string })
  await server.close()
  await tight.stop()
})
