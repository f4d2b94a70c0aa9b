import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultProxy } from '../../../../ops/servers/fault-proxy.ts'
import { download } from './download.ts'
import { S3Client, type S3Options } from './client.ts'
import { S3Objects } from './objects.ts'
import type { S3Storage } from './storage.ts'
import { s3ForTests } from './testing.ts'

const s3 = await s3ForTests()
afterAll(() => s3?.stop())

const MIB = 2 ** 20
const LIMITS = { answerMsMax: 1_000, bytesPerSecondMin: 16 * MIB, attemptsMax: 4, retryMs: 50, retryMsMax: 400 }

/** Gives `during` the turn when so much has been handed out. */
async function* mebibytes(count: number, during: { at: number; act: () => Promise<void> } | null = null): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) {
    if (during?.at === index) await during.act()
    yield Buffer.alloc(MIB, `capstan${index}`)
  }
}

async function sumOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of source) hash.update(chunk)
  return hash.digest('hex')
}

async function uploadsIn(storage: S3Storage): Promise<number> {
  return storage.sweepUploads(-60_000, Date.now())
}

describe.skipIf(s3 === null)('over a bad network to an S3', () => {
  let proxy: FaultProxy
  let storage: S3Storage
  let objects: S3Objects
  let options: S3Options
  beforeEach(async () => {
    proxy = await FaultProxy.before(s3!.server.url)
    options = { ...(await s3!.newBucket(proxy.through(s3!.server.url))), limits: LIMITS }
    storage = await s3!.open(options)
    objects = new S3Objects(new S3Client(options), 'sha256')
  })
  afterEach(async () => {
    objects.client.close()
    await proxy.stop()
  })

  const faultFor = (fault: Parameters<FaultProxy['set']>[0], ms: number) => async () => {
    await proxy.set(fault)
    void sleep(ms).then(() => proxy.set({ kind: 'none' }))
  }

  it.each([
    ['is cut', { kind: 'cut' } as const],
    ['is half-open', { kind: 'half-open' } as const],
    ['swallows what is sent', { kind: 'drop', direction: 'up' } as const],
    ['swallows what is answered', { kind: 'drop', direction: 'down' } as const],
    ['drips', { kind: 'drip', bytesPerSecond: 20_000 } as const],
  ])('a connection that %s in the middle of a part costs another attempt', async (_, fault) => {
    const patient = await s3!.open({ ...options, limits: { ...LIMITS, attemptsMax: 10 } })
    await patient.put('film', mebibytes(40, { at: 26, act: faultFor(fault, 700) }))
    expect(await sumOf(patient.read('film'))).toBe(await sumOf(mebibytes(40)))
  })

  it.each([
    ['cut', { kind: 'cut' } as const],
    ['half-open', { kind: 'half-open' } as const],
    ['dripping', { kind: 'drip', bytesPerSecond: 200 } as const],
  ])('a connection that stays %s is unavailable within the limit, and nothing is there', async (_, fault) => {
    const startedMs = performance.now()
    const put = storage.put('film', mebibytes(40, { at: 26, act: () => proxy.set(fault) }))
    await expect(put).rejects.toMatchObject({ code: 'unavailable' })
    expect(performance.now() - startedMs).toBeLessThan(20_000)
    await proxy.set({ kind: 'none' })
    expect(await storage.stat('film')).toBeNull()
    await storage.put('film', mebibytes(9))
    expect(await sumOf(storage.read('film'))).toBe(await sumOf(mebibytes(9)))
  })

  it('a reading goes on where it broke', async () => {
    await storage.put('film', mebibytes(40))
    let bytes = 0
    let cuts = 0
    const hash = createHash('sha256')
    for await (const chunk of storage.read('film')) {
      hash.update(chunk)
      bytes += chunk.byteLength
      if (bytes < (cuts + 1) * 10 * MIB || cuts === 3) continue
      cuts++
      await proxy.set({ kind: 'cut' })
      await proxy.set({ kind: 'none' })
    }
    expect(cuts).toBe(3)
    expect(hash.digest('hex')).toBe(await sumOf(mebibytes(40)))
  })

  it('a reading does not go on in another file', async () => {
    await storage.put('film', mebibytes(40))
    const read = async () => {
      let isReplaced = false
      for await (const chunk of storage.read('film')) {
        if (isReplaced || chunk.byteLength === 0) continue
        isReplaced = true
        await storage.put('film', mebibytes(39))
        await proxy.set({ kind: 'cut' })
        await proxy.set({ kind: 'none' })
      }
    }
    await expect(read()).rejects.toMatchObject({ code: 'conflict' })
  })

  it('a silent reading ends in time, and a slow reader is waited for', async () => {
    await storage.put('film', mebibytes(40))
    const read = async (act: () => Promise<void>) => {
      for await (const chunk of download(objects, 'film', null, 300)) if (chunk.byteLength > 0) await act()
    }
    let pauses = 0
    await read(async () => {
      if (pauses++ === 3) await sleep(1_500)
    })
    const startedMs = performance.now()
    await expect(read(() => proxy.set({ kind: 'half-open' }))).rejects.toMatchObject({ code: 'unavailable' })
    expect(performance.now() - startedMs).toBeLessThan(20_000)
  })

  it('two writers of one large file: one is there whole', async () => {
    const outcomes = await Promise.allSettled([storage.put('film', mebibytes(20)), storage.put('film', mebibytes(24))])
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true)
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' })
    expect([await sumOf(mebibytes(20)), await sumOf(mebibytes(24))]).toContain(await sumOf(storage.read('film')))
    expect(await uploadsIn(storage)).toBe(0)
  })
})

describe.skipIf(!s3?.server.control)('an S3 that is killed', () => {
  it('in the middle of an upload and started again goes on with it', async () => {
    const storage = await s3!.open({ ...(await s3!.newBucket()), limits: { ...LIMITS, attemptsMax: 8 } })
    const killAndRestart = async () => {
      await s3!.server.control!.kill()
      void sleep(800).then(() => s3!.server.control!.restart())
    }
    await storage.put('film', mebibytes(60, { at: 30, act: killAndRestart }))
    expect(await sumOf(storage.read('film'))).toBe(await sumOf(mebibytes(60)))
  })

  it('and stays away is unavailable, is back by itself, and what is left over is swept by its age', async () => {
    const storage = await s3!.open({ ...(await s3!.newBucket()), limits: LIMITS })
    await storage.put('film', mebibytes(3))
    const kill = () => s3!.server.control!.kill()
    await expect(storage.put('film', mebibytes(60, { at: 30, act: kill }))).rejects.toMatchObject({ code: 'unavailable' })
    await expect(storage.stat('film')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(storage.space()).rejects.toMatchObject({ code: 'unavailable' })
    await s3!.server.control!.restart()
    expect(await storage.stat('film')).toMatchObject({ sizeBytes: 3 * MIB })
    expect(await sumOf(storage.read('film'))).toBe(await sumOf(mebibytes(3)))
    expect(await storage.sweepUploads(3_600_000, Date.now())).toBe(0)
    expect(await storage.sweepUploads(3_600_000, Date.now() + 3_700_000)).toBe(1)
    expect(await uploadsIn(storage)).toBe(0)
  })
})
