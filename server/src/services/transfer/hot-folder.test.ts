import { createHash, randomBytes } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CapstanError } from '../../lib/errors.ts'
import { openHarness, type Harness } from '../../../test/transfer/harness.ts'
import type { WatchedFolder } from './domain/hot-folder.ts'

let folder: string
let hot: string
let harness: Harness

const watched = (change: Partial<WatchedFolder> = {}): WatchedFolder => ({
  id: 'f1',
  accountId: 1,
  name: 'Inbox',
  path: hot,
  workflow: 'ingest',
  quietSeconds: 60,
  duplicates: 'ingest',
  ...change,
})

async function open(change: Partial<WatchedFolder> = {}): Promise<void> {
  harness = await openHarness(folder, { listHotFolders: async () => [watched(change)] })
  await harness.transfer.start()
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-hot-'))
  hot = join(folder, 'hot')
  await mkdir(hot)
})
afterEach(async () => {
  await harness.stop()
  await rm(folder, { recursive: true })
})

async function until(condition: () => boolean | Promise<boolean>, ms = 8_000): Promise<void> {
  const end = Date.now() + ms
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
const arrivals = async () => (await harness.store.list(1, { limit: 50, cursor: null, states: null, source: null, byId: null })).items
const names = () => harness.effects.registered().map(({ originalName }) => originalName)
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('signals', () => {
  test('a rename from a temporary name is taken within 2 s', async () => {
    await open()
    const data = randomBytes(100_000)
    await writeFile(join(hot, 'film.mov.part'), data)
    await pause(1_500)
    expect(names()).toEqual([])
    await rename(join(hot, 'film.mov.part'), join(hot, 'film.mov'))
    await until(() => names().length === 1, 2_000)
    await until(async () => (await arrivals())[0]?.state === 'taken')
    const [asset] = harness.effects.registered()
    expect(asset!.file!.checksums.sha256).toBe(createHash('sha256').update(data).digest('hex'))
    expect(await readFile(harness.storage.localPath(asset!.file!.path))).toEqual(data)
    expect(await readdir(hot)).toEqual([])
    expect(harness.effects.started()).toMatchObject([{ workflow: 'ingest' }])
  })

  test('a rename too quick for two looks is a signal too', async () => {
    await open()
    await pause(300)
    await writeFile(join(hot, '.clip.wav.Xy12'), 'sound')
    await rename(join(hot, '.clip.wav.Xy12'), join(hot, 'clip.wav'))
    await until(() => names().length === 1, 2_000)
  })

  test.each(['film.mxf.done', 'film.ready', 'film.mxf.xml'])('the sidecar %s is one, and goes with its file', async (sidecar) => {
    await open()
    await writeFile(join(hot, 'film.mxf'), 'essence')
    await pause(700)
    await writeFile(join(hot, sidecar), '<title>Film</title>')
    await until(() => names().length === 1, 2_500)
    await until(async () => (await readdir(hot)).length === 0)
    expect(names()).toEqual(['film.mxf'])
    if (sidecar.endsWith('.xml'))
      expect(harness.effects.started()[0]!.variables).toEqual({ sidecars: [{ name: sidecar, text: '<title>Film</title>' }] })
  })

  test('an MD5 beside it is verified: right is taken, wrong is set aside with the reason', async () => {
    await open()
    await writeFile(join(hot, 'good.wav'), 'sound')
    await writeFile(join(hot, 'good.wav.md5'), `${createHash('md5').update('sound').digest('hex')}  good.wav\n`)
    await writeFile(join(hot, 'bad.wav'), 'noise')
    await writeFile(join(hot, 'bad.md5'), createHash('md5').update('sound').digest('hex'))
    await until(async () => names().length === 1 && (await readdir(hot)).join() === 'refused')
    expect(names()).toEqual(['good.wav'])
    expect((await readdir(join(hot, 'refused'))).sort()).toEqual(['bad.md5', 'bad.wav', 'bad.wav.reason.txt'])
    expect(await readFile(join(hot, 'refused/bad.wav.reason.txt'), 'utf8')).toContain('it was damaged on the way')
    expect(await arrivals()).toContainEqual(expect.objectContaining({ name: 'bad.wav', state: 'refused' }))
  })
})

describe('without a signal', () => {
  test('a quiet, whole file is taken; one that grows is not', async () => {
    await open({ quietSeconds: 1 })
    const growing = join(hot, 'growing.ts')
    await writeFile(growing, 'a')
    await writeFile(join(hot, 'quiet.ts'), 'b')
    for (let second = 0; second < 5; second++) {
      await pause(500)
      await appendFile(growing, 'more')
    }
    expect(names()).toEqual(['quiet.ts'])
    await until(() => names().length === 2)
  })

  test('a truncated film is shown as incomplete and taken when the rest came', async () => {
    await open({ quietSeconds: 0.5 })
    const whole = movie()
    await writeFile(join(hot, 'film.mov'), whole.subarray(0, whole.length / 2))
    await until(async () => (await arrivals())[0]?.state === 'incomplete')
    expect((await arrivals())[0]!.reason).toMatch(/^incomplete, still watching: /)
    expect(harness.transfer.hotFolderStatus('f1')).toEqual({ status: 'watching', message: null, watching: 1 })
    await appendFile(join(hot, 'film.mov'), whole.subarray(whole.length / 2))
    await until(() => names().length === 1)
  })

  test('the same content again is refused where the folder says so', async () => {
    await open({ quietSeconds: 0.3, duplicates: 'refuse' })
    await writeFile(join(hot, 'a.ts'), 'same')
    await until(() => names().length === 1)
    await writeFile(join(hot, 'b.ts'), 'same')
    await until(async () => (await readdir(hot)).includes('refused'))
    await until(async () => (await readdir(join(hot, 'refused'))).length === 2)
    expect(await readFile(join(hot, 'refused/b.ts.reason.txt'), 'utf8')).toContain('the same content is there already as #1 "a.ts"')
  })

  test('any name, folders below, no links', async () => {
    await writeFile(join(folder, 'secret'), 'secret')
    await mkdir(join(hot, 'card/clips'), { recursive: true })
    await writeFile(join(hot, 'card/clips/ملف 🐢\n.ts'), '1')
    await writeFile(Buffer.concat([Buffer.from(`${hot}/`), Buffer.from([0x66, 0xe9])]), '2')
    await writeFile(join(hot, '-rf'), '3')
    await symlink(join(folder, 'secret'), join(hot, 'link.ts'))
    await open({ quietSeconds: 0.3 })
    await until(() => names().length === 3)
    expect(names().sort()).toEqual(['-rf', 'f\uFFFD', 'ملف 🐢\n.ts'].sort())
    expect(harness.effects.registered().find(({ originalName }) => originalName.startsWith('f'))?.nameBytes).toBe(
      Buffer.from([0x66, 0xe9]).toString('base64'),
    )
    await until(async () => (await readdir(hot)).join() === 'link.ts')
  })

  test('a folder that is gone is said so, and watched again when it is back', async () => {
    await open({ quietSeconds: 0.3 })
    await until(() => harness.transfer.hotFolderStatus('f1').status === 'watching')
    // The watcher makes a missing folder anew, so a file takes its place only between two of its looks.
    await until(async () => {
      await rm(hot, { recursive: true, force: true })
      return writeFile(hot, 'a file in its place').then(
        () => true,
        () => false,
      )
    })
    await until(() => harness.transfer.hotFolderStatus('f1').status === 'unreachable')
    await rm(hot)
    await mkdir(hot)
    await writeFile(join(hot, 'a.ts'), 'a')
    await until(() => names().length === 1, 12_000)
  })
})

function movie(): Buffer {
  const box = (type: string, body: Buffer) => {
    const head = Buffer.alloc(8)
    head.writeUInt32BE(8 + body.length)
    head.write(type, 4)
    return Buffer.concat([head, body])
  }
  const stco = Buffer.alloc(12)
  stco.writeUInt32BE(1, 4)
  stco.writeUInt32BE(40, 8)
  const moov = box('moov', box('trak', box('mdia', box('minf', box('stbl', box('stco', stco))))))
  return Buffer.concat([box('ftyp', Buffer.from('qt  0000')), box('mdat', randomBytes(4_000)), moov])
}

test('below the low-water mark a file waits, and says so', async () => {
  harness = await openHarness(folder, {
    listHotFolders: async () => [watched({ quietSeconds: 0.2 })],
    settings: { lowWaterBytes: () => Number.MAX_SAFE_INTEGER, inPlaceBytesPerSecond: null },
  })
  await harness.transfer.start()
  await writeFile(join(hot, 'film.ts'), 'essence')
  await until(async () => (await arrivals())[0]?.reason === 'it waits for room: the storage is below its low-water mark')
  expect(names()).toEqual([])
  expect(await readdir(hot)).toEqual(['film.ts'])
})

test('a fault after a file was decided loses nothing: it is finished later', async () => {
  let isDown = true
  const options = {
    listHotFolders: async () => [watched({ quietSeconds: 0.2 })],
    workflows: {
      checkStart: async () => {},
      start: async () => {
        if (isDown) throw new CapstanError('unavailable', 'the database sleeps')
        return { runId: '0197a0b0-0000-7000-8000-000000000000' }
      },
    },
  }
  harness = await openHarness(folder, options)
  await harness.transfer.start()
  await writeFile(join(hot, 'film.ts'), 'essence')
  await until(async () => (await arrivals())[0]?.state === 'taking')
  await until(async () => (await readdir(hot)).length === 0)
  await pause(1_200)
  await harness.stop()
  isDown = false
  harness = await openHarness(folder, options)
  await harness.transfer.start()
  expect(await arrivals()).toMatchObject([{ name: 'film.ts', state: 'taken' }])
  expect(names()).toEqual(['film.ts'])
})
