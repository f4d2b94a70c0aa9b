import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { inLanes } from './in-lanes.ts'
import { s3ForTests } from './testing.ts'

const s3 = await s3ForTests()
afterAll(() => s3?.stop())

const MIB = 2 ** 20

async function* mebibytes(count: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(MIB, `capstan${index}`)
}

async function sumOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of source) hash.update(chunk)
  return hash.digest('hex')
}

describe.skipIf(s3 === null)('an S3', () => {
  it.each([0, 1, 8, 9, 20])('copies %i MiB at the server, with the same sum', async (count) => {
    const storage = await s3!.open()
    await storage.put('from/größe 1 %+.mov', mebibytes(count))
    await storage.put('to/1', mebibytes(1))
    expect(await storage.copy('from/größe 1 %+.mov', 'to/1')).toEqual({ sizeBytes: count * MIB })
    expect(await sumOf(storage.read('to/1'))).toBe(await sumOf(mebibytes(count)))
    expect(await storage.copy('to/1', 'to/1')).toEqual({ sizeBytes: count * MIB })
    await expect(storage.copy('nowhere', 'to/1')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('takes in a local file again that was sent and not yet removed when the process ended', async () => {
    const storage = await s3!.open()
    const local = join(await s3!.newFolder(), 'film')
    await writeFile(local, Buffer.alloc(9 * MIB, 'capstan'))
    await storage.put('1/film', createReadStream(local))
    const adopting = [storage.adopt(local, '1/film'), storage.adopt(Buffer.from(local), '1/film')]
    expect(await Promise.all(adopting)).toEqual([true, true])
    expect(existsSync(local)).toBe(false)
    expect(await sumOf(storage.read('1/film'))).toBe(
      createHash('sha256')
        .update(Buffer.alloc(9 * MIB, 'capstan'))
        .digest('hex'),
    )
  })

  it('takes in no link and no folder', async () => {
    const storage = await s3!.open()
    const folder = await s3!.newFolder()
    await writeFile(join(folder, 'secret'), 'of ours')
    await symlink('secret', join(folder, 'film'))
    for (const path of [join(folder, 'film'), folder])
      await expect(storage.adopt(path, '1/film')).rejects.toMatchObject({ code: 'unsupported' })
    expect(await storage.stat('1/film')).toBeNull()
  })

  it('links to a file for a while, as a download and under any name', async () => {
    const storage = await s3!.open()
    await storage.put('1/größe 1 % 🎬+&=?.mov', mebibytes(1))
    const link = await storage.link('1/größe 1 % 🎬+&=?.mov', { seconds: 60, name: 'größe "1" 2.mov' })
    const answer = await fetch(link)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="gr__e _1_ 2.mov"')
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    expect(await answer.arrayBuffer()).toHaveProperty('byteLength', MIB)
    expect((await fetch(link, { headers: { range: 'bytes=0-9' } })).status).toBe(206)
    expect((await fetch(link.replace('.mov', '.mxf'))).status).toBe(403)
    expect((await fetch(link.replace('Expires=60', 'Expires=600'))).status).toBe(403)
    expect((await fetch(link, { method: 'DELETE' })).status).toBe(403)
    for (const seconds of [0, 3_601, NaN])
      await expect(storage.link('1/a', { seconds, name: 'a' })).rejects.toMatchObject({ code: 'invalid' })
    const ended = await storage.link('1/größe 1 % 🎬+&=?.mov', { seconds: 1, name: 'a' })
    await new Promise((resolve) => setTimeout(resolve, 2_100))
    expect((await fetch(ended)).status).toBe(403)
  })

  it('lists and removes page by page', async () => {
    const storage = await s3!.open()
    const count = 2_100
    const paths = Array.from({ length: count }, (_, index) => `1/"a" & 'b'/${index}`)
    await inLanes(paths, 16, async (path) => {
      await storage.put(path, mebibytes(0))
    })
    await storage.put('1/other', mebibytes(0))
    const listed: string[] = []
    for await (const { path } of storage.list()) listed.push(path)
    expect(listed.sort()).toEqual([...paths, '1/other'].sort())
    await storage.remove(`1/"a" & 'b'`)
    const left: string[] = []
    for await (const { path } of storage.list()) left.push(path)
    expect(left).toEqual(['1/other'])
  })

  it('keeps private copies within their bounds, and none after a start', async () => {
    const folder = join(await s3!.newFolder(), 'copies')
    const bucket = await s3!.newBucket()
    const storage = await s3!.open({ ...bucket, copies: { folder, bytesMax: 25 * MIB } })
    for (const name of ['a', 'b', 'c']) await storage.put(name, mebibytes(10))
    await storage.put('large', mebibytes(26))
    for (const name of ['a', 'b', 'a', 'c']) await storage.withLocal(name, (path) => readFile(path))
    expect(await readdir(folder)).toHaveLength(2)
    await expect(storage.withLocal('large', async () => {})).rejects.toMatchObject({ code: 'no_space' })
    await storage.withLocal('a', () =>
      storage.withLocal('b', async () => {
        await expect(storage.withLocal('c', async () => {})).rejects.toMatchObject({ code: 'no_space' })
      }),
    )
    await storage.withLocal('c', (path) => readFile(path))
    const again = await s3!.open({ ...bucket, copies: { folder, bytesMax: 25 * MIB } })
    expect(await readdir(folder)).toEqual([])
    expect(await again.withLocal('c', (path) => readFile(path))).toHaveLength(10 * MIB)
  })

  it('streams a GiB in little memory, in and out', async () => {
    const storage = await s3!.open()
    const chunk = Buffer.alloc(MIB, 'capstan')
    let highest = 0
    async function* watched(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 1_024; index++) {
        highest = Math.max(highest, process.memoryUsage.rss())
        yield chunk
      }
    }
    const before = process.memoryUsage.rss()
    expect(await storage.put('film', watched())).toEqual({ sizeBytes: 1_024 * MIB })
    const written = Math.round((highest - before) / MIB)
    let bytes = 0
    for await (const part of storage.read('film')) {
      bytes += part.byteLength
      highest = Math.max(highest, process.memoryUsage.rss())
    }
    expect(bytes).toBe(1_024 * MIB)
    const read = Math.round((highest - before) / MIB)
    process.stdout.write(`1 GiB to S3: ${written} MiB more memory at most, with the reading ${read} MiB\n`)
    expect(read).toBeLessThan(200)
    await storage.remove('film')
  })
})
