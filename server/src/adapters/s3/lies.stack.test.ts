import { writeFileSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { s3ForTests } from './testing.ts'
import type { S3Storage } from './storage.ts'
import { TamperingProxy, type Asked } from './tampering-proxy.fixture.ts'

const s3 = await s3ForTests()
afterAll(() => s3?.stop())

const MIB = 2 ** 20
const LIMITS = { answerMsMax: 2_000, attemptsMax: 4, retryMs: 20, retryMsMax: 200 }

async function* mebibytes(count: number, fill = 'capstan'): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(MIB, `${fill}${index}`)
}
const small = () => mebibytes(1)
const large = () => mebibytes(20)

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Answers little, because a test that fails prints what it got. */
const readAll = async (storage: S3Storage) => (await bytesOf(storage.read('film'))).length

const isPart = ({ method, url }: Asked) => method === 'PUT' && url.searchParams.has('partNumber')
const isPut = ({ method, url }: Asked) => method === 'PUT' && !url.searchParams.has('partNumber')
const isCompletion = ({ method, url }: Asked) => method === 'POST' && url.searchParams.has('uploadId')
const isHead = ({ method }: Asked) => method === 'HEAD'
const isRead = ({ method, url }: Asked) => method === 'GET' && url.pathname.endsWith('/film')
const SLOW_DOWN = Buffer.from(
  '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
)

describe.skipIf(s3 === null)('between us and an S3', () => {
  let proxy: TamperingProxy
  let storage: S3Storage
  let direct: S3Storage
  const openThrough = async () => {
    const options = await s3!.newBucket(proxy.url)
    storage = await s3!.open({ ...options, limits: LIMITS })
    direct = await s3!.open({ ...options, endpoint: new URL(s3!.server.url).origin })
    proxy.asked.length = 0
  }
  beforeEach(async () => {
    proxy = await TamperingProxy.before(s3!.server.url)
    await openThrough()
  })
  afterEach(() => proxy.stop())

  it.each([
    ['a small file', small, isPut],
    ['a part', large, isPart],
  ])('%s that is damaged on the way is refused by the server and sent again', async (_, source, isMeant) => {
    let damaged = 0
    proxy.tampering.asked = (asked) => {
      if (!isMeant(asked) || damaged > 0) return asked.body
      damaged++
      return Buffer.concat([Buffer.from([(asked.body[0] ?? 0) ^ 1]), asked.body.subarray(1)])
    }
    await storage.put('film', source())
    expect(damaged).toBe(1)
    expect((await bytesOf(direct.read('film'))).equals(await bytesOf(source()))).toBe(true)
  })

  it.each([
    ['a small file', small, isPut],
    ['a part', large, isPart],
  ])('a server that says another sum of %s is not believed, and nothing is left', async (_, source, isMeant) => {
    proxy.tampering.answered = (asked, answered) => {
      if (!isMeant(asked)) return answered
      return { ...answered, headers: { ...answered.headers, 'x-amz-checksum-sha256': Buffer.alloc(32).toString('base64') } }
    }
    await expect(storage.put('film', source())).rejects.toMatchObject({ code: 'internal' })
    proxy.tampering = {}
    expect(await storage.sweepUploads(0, Date.now() + 10_000)).toBe(0)
  })

  it.each([
    ['another size', { 'content-length': '5' }, 'internal'],
    ['another sum', { 'x-amz-checksum-sha256': `${Buffer.alloc(32).toString('base64')}-3` }, 'internal'],
    ['another ETag', { etag: '"00000000000000000000000000000000-3"' }, 'conflict'],
  ])('what looks as %s afterwards is no success', async (_, headers, code) => {
    proxy.tampering.answered = (asked, answered) =>
      isHead(asked) ? { ...answered, headers: { ...answered.headers, ...headers } } : answered
    await expect(storage.put('film', large())).rejects.toMatchObject({ code })
    expect((await direct.stat('film')) === null).toBe(code === 'internal')
  })

  it('a write that the server forgot is no success', async () => {
    proxy.tampering.instead = (asked) => (isHead(asked) ? { status: 404 } : undefined)
    await expect(storage.put('film', small())).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('a completion whose answer is lost is looked up, not told as a failure', async () => {
    let lost = 0
    proxy.tampering.answered = (asked, answered) => (isCompletion(asked) && lost++ === 0 ? null : answered)
    expect(await storage.put('film', large())).toEqual({ sizeBytes: 20 * MIB })
    expect(lost).toBeGreaterThan(1)
    expect((await bytesOf(direct.read('film'))).equals(await bytesOf(large()))).toBe(true)
  })

  it('an upload that the server lost is no success, though an older file lies there', async () => {
    await direct.put('film', small())
    const body = Buffer.from('<Error><Code>NoSuchUpload</Code></Error>')
    proxy.tampering.instead = (asked) => (isCompletion(asked) ? { status: 404, body } : undefined)
    await expect(storage.put('film', large())).rejects.toMatchObject({ code: 'unavailable' })
    expect(await storage.stat('film')).toMatchObject({ sizeBytes: MIB })
  })

  it('a refusal in the body of a 200 is one', async () => {
    const body = Buffer.from('<?xml version="1.0"?><Error><Code>InternalError</Code><Message>We are sorry</Message></Error>')
    proxy.tampering.instead = (asked) => (isCompletion(asked) ? { status: 200, body } : undefined)
    await expect(storage.put('film', large())).rejects.toMatchObject({ code: 'unavailable' })
    expect(await direct.stat('film')).toBeNull()
    expect(proxy.asked.filter(isCompletion)).toHaveLength(LIMITS.attemptsMax)
  })

  it('SlowDown is waited for, up to a ceiling, with one invocation id', async () => {
    let times = 0
    proxy.tampering.instead = (asked) =>
      isPut(asked) && times++ === 0 ? { status: 503, headers: { 'retry-after': '1' }, body: SLOW_DOWN } : undefined
    const startedMs = performance.now()
    // It asks for a second; three times the longest back-off, here 600 ms, is what it gets.
    await storage.put('film', small())
    expect(performance.now() - startedMs).toBeGreaterThan(590)
    const puts = proxy.asked.filter(isPut)
    expect(puts.map(({ headers }) => headers['amz-sdk-request'])).toEqual(['attempt=1; max=4', 'attempt=2; max=4'])
    expect(new Set(puts.map(({ headers }) => headers['amz-sdk-invocation-id'])).size).toBe(1)
  })

  it('SlowDown for ever is unavailable after the last attempt', async () => {
    proxy.tampering.instead = (asked) => (isPut(asked) ? { status: 503, body: SLOW_DOWN } : undefined)
    const sentence = { code: 'unavailable', message: expect.stringContaining('slow down') as string }
    await expect(storage.put('film', small())).rejects.toMatchObject(sentence)
    expect(proxy.asked.filter(isPut)).toHaveLength(LIMITS.attemptsMax)
  })

  it('what is damaged while it is read is noticed at its end, and no program is lent it', async () => {
    await direct.put('film', large())
    proxy.tampering.answered = (asked, answered) => {
      if (isRead(asked)) answered.body[10 * MIB] = 0
      return answered
    }
    await expect(readAll(storage)).rejects.toMatchObject({ code: 'internal' })
    await expect(storage.withLocal('film', async () => 'lent')).rejects.toMatchObject({ code: 'internal' })
    proxy.tampering = {}
    expect((await storage.withLocal('film', (path) => readFile(path))).equals(await bytesOf(large()))).toBe(true)
  })

  it('a local file is kept until the look afterwards agrees', async () => {
    const local = join(await s3!.newFolder(), 'film')
    await writeFile(local, await bytesOf(large()))
    proxy.tampering.instead = (asked) => (isHead(asked) ? { status: 404 } : undefined)
    await expect(storage.adopt(local, 'film')).rejects.toMatchObject({ code: 'unavailable' })
    expect((await stat(local)).size).toBe(20 * MIB)
    proxy.tampering = {}
    expect(await storage.adopt(local, 'film')).toBe(true)
    await expect(stat(local)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('a local file that is written to meanwhile is refused and kept', async () => {
    const local = join(await s3!.newFolder(), 'film')
    await writeFile(local, await bytesOf(large()))
    proxy.tampering.instead = (asked) => {
      if (isCompletion(asked)) writeFileSync(local, 'another')
      return undefined
    }
    await expect(storage.adopt(local, 'film')).rejects.toMatchObject({ code: 'conflict' })
    expect(await direct.stat('film')).toBeNull()
    expect(await readFile(local, 'utf8')).toBe('another')
  })
})

describe.skipIf(s3 === null)('an S3 that keeps no SHA-256', () => {
  let proxy: TamperingProxy
  let storage: S3Storage
  beforeEach(async () => {
    proxy = await TamperingProxy.before(s3!.server.url)
    proxy.tampering.answered = (_, answered) => {
      const { 'x-amz-checksum-sha256': _sum, ...headers } = answered.headers
      return { ...answered, headers }
    }
    storage = await s3!.open({ ...(await s3!.newBucket(proxy.url)), limits: LIMITS })
  })
  afterEach(() => proxy.stop())

  it('is told the MD5 of each part, and its ETag is the sum', async () => {
    await storage.put('film', large())
    const parts = proxy.asked.filter(isPart)
    expect(parts).toHaveLength(3)
    for (const { headers } of parts) expect(headers['content-md5']).toMatch(/^[\w+/]{22}==$/)
    await storage.put('1/small', small())
    await storage.copy('film', 'copy')
    expect((await bytesOf(storage.read('copy'))).equals(await bytesOf(large()))).toBe(true)
  })

  it('is found out when it says another ETag of a part', async () => {
    const { answered } = proxy.tampering
    proxy.tampering.answered = (asked, real) => {
      const told = answered!(asked, real)!
      return isPart(asked) ? { ...told, headers: { ...told.headers, etag: `"${'0'.repeat(32)}"` } } : told
    }
    await expect(storage.put('film', large())).rejects.toMatchObject({ code: 'internal' })
  })

  it('is found out when it gives back other bytes', async () => {
    await storage.put('film', large())
    proxy.tampering.answered = (asked, answered) => {
      if (isRead(asked)) answered.body[10 * MIB] = 0
      return { ...answered, headers: { ...answered.headers, 'x-amz-checksum-sha256': '' } }
    }
    await expect(readAll(storage)).rejects.toMatchObject({ code: 'internal' })
  })
})
