import { AwsV4Signer } from 'aws4fetch'
import { afterAll, describe, expect, it } from 'vitest'
import { freePort } from '../../../../ops/servers/port.ts'
import { systemClock } from '../../lib/clock.ts'
import type { S3Options } from './client.ts'
import { s3ForTests } from './testing.ts'

const s3 = await s3ForTests()
const secret = await s3ForTests({ tls: true })
afterAll(() => Promise.all([s3?.stop(), secret?.stop()]))

const LIMITS = { answerMsMax: 1_000, attemptsMax: 2, retryMs: 10 }
const saying = (text: string) => ({ code: 'unavailable', message: expect.stringContaining(text) as string })

/** By the server's own interface for administrators. */
async function addUser({ endpoint, accessKeyId, secretAccessKey }: S3Options, name: string): Promise<void> {
  const body = `<Account><Access>${name}</Access><Secret>${name}-secret</Secret><Role>user</Role></Account>`
  const url = `${endpoint}/create-user`
  const signer = new AwsV4Signer({ method: 'PATCH', url, body, accessKeyId, secretAccessKey, service: 's3', region: 'us-east-1' })
  const { headers } = await signer.sign()
  const answer = await fetch(url, { method: 'PATCH', headers, body })
  if (!answer.ok) throw new Error(`no user: ${answer.status} ${await answer.text()}`)
}

describe.skipIf(s3 === null)('a start on S3', () => {
  const open = async (change: Partial<S3Options>) => s3!.open({ ...(await s3!.newBucket()), limits: LIMITS, ...change })

  it('has one sentence for each thing that is wrong, with what to do', async () => {
    await expect(open({ bucket: 'no-such-bucket' })).rejects.toMatchObject(saying('there is no such bucket: make it'))
    await expect(open({ accessKeyId: 'nobody' })).rejects.toMatchObject(saying('does not know the key'))
    await expect(open({ secretAccessKey: 'wrong' })).rejects.toMatchObject(saying('the secret is refused'))
    await expect(open({ endpoint: `http://127.0.0.1:${await freePort()}` })).rejects.toMatchObject(saying('nobody answers there'))
    await expect(open({ endpoint: 'http://no-such-host.invalid:1' })).rejects.toMatchObject(saying('no such host'))
    await expect(open({ endpoint: 'capstan' })).rejects.toMatchObject({ code: 'invalid' })
  })

  it('tells clocks that differ from secrets that are wrong', async () => {
    for (const hours of [-1, 1]) {
      const clock = { ...systemClock, now: () => Date.now() + hours * 3_600_000 }
      await expect(open({ clock })).rejects.toMatchObject(saying('clocks'))
    }
  })

  it('tells that the key may not use the bucket', async () => {
    const options = await s3!.newBucket()
    await addUser(options, 'guest')
    const guest = { ...options, accessKeyId: 'guest', secretAccessKey: 'guest-secret', limits: LIMITS }
    await expect(s3!.open(guest)).rejects.toMatchObject(saying('may not use the bucket'))
  })

  it('leaves nothing of its trial', async () => {
    const storage = await open({})
    const paths: string[] = []
    for await (const { path } of storage.listBelow('')) paths.push(path)
    expect(paths).toEqual([])
    await expect(storage.stat('.capstan/x')).rejects.toMatchObject({ code: 'invalid' })
    expect(await storage.space()).toEqual({ sizeBytes: Number.MAX_SAFE_INTEGER, freeBytes: Number.MAX_SAFE_INTEGER })
  })
})

describe.skipIf(secret === null)('an S3 with TLS', () => {
  it('is spoken to when its authority is known, and refused at once when not', async () => {
    const { ca, ...options } = await secret!.newBucket()
    const storage = await secret!.open({ ...options, ca: ca! })
    expect(await storage.stat('a')).toBeNull()
    const startedMs = performance.now()
    await expect(secret!.open(options)).rejects.toMatchObject(saying('certificate is not trusted'))
    expect(performance.now() - startedMs).toBeLessThan(1_000)
  })
})
