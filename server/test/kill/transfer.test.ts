import { fileURLToPath } from 'node:url'
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Effects } from '../transfer/fakes.ts'

const CHILD = fileURLToPath(new URL('../transfer/child.ts', import.meta.url))
const TUS = { 'Tus-Resumable': '1.0.0' }
const WAIT_MS = 15_000

let folder: string
let hot: string
let children: ChildProcess[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-crash-'))
  hot = join(folder, 'hot')
  children = []
  await mkdir(hot)
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, maxRetries: 5 })
})

async function start(crashPoint: string) {
  const child = spawn(process.execPath, [CHILD, join(folder, 'data'), hot, crashPoint], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  child.stdin.on('error', () => {})
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const port = Number((await lines.next()).value)
  return { child, ended, lines, url: `http://127.0.0.1:${port}/api/v1/uploads` }
}

const effects = () => new Effects(join(folder, 'data/effects'))

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + WAIT_MS
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}

const below = (path: string): string[] =>
  existsSync(path)
    ? readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
    : []

/** One asset, one run, the right bytes in one blob, nothing left over. */
function expectOnce(data: Buffer): void {
  const [asset, ...more] = effects().registered()
  expect(more).toEqual([])
  expect(effects().started()).toHaveLength(1)
  expect(effects().started()[0]!.assetId).toBe(asset!.id)
  const stored = readFileSync(join(folder, 'data/blobs', asset!.file!.path))
  expect(createHash('sha256').update(stored).digest('hex')).toBe(createHash('sha256').update(data).digest('hex'))
  expect(below(join(folder, 'data/blobs'))).toHaveLength(1)
  expect(below(join(folder, 'data/uploads'))).toEqual([])
  expect(below(hot)).toEqual([])
}

const settled = () => effects().started().length === 1 && below(join(folder, 'data/uploads')).length === 0 && below(hot).length === 0

const SHARED = [
  'after-decided',
  'before-rename',
  'after-rename',
  'after-place',
  'after-register',
  'after-start',
  'after-remove-source',
  'before-commit',
  'after-commit',
]

describe('an upload, killed', () => {
  const send = async (url: string, data: Buffer): Promise<string> => {
    const created = await fetch(url, {
      method: 'POST',
      headers: { ...TUS, 'Upload-Length': String(data.length), 'Upload-Metadata': 'filename YS5tb3Y=' },
    })
    return created.headers.get('location') ?? ''
  }
  const patch = (base: string, location: string, offset: number, data: Buffer) =>
    fetch(new URL(location, base), {
      method: 'PATCH',
      headers: { ...TUS, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset) },
      body: new Uint8Array(data.subarray(offset)),
    })

  test.each(['before-decided', ...SHARED.filter((point) => !point.endsWith('-commit'))])(
    'at %s is finished exactly once',
    async (point) => {
      const data = randomBytes(100_000)
      const first = await start(point)
      const location = await send(first.url, data)
      await patch(first.url, location, 0, data).catch(() => null)
      expect(await first.ended).toBe('SIGKILL')
      const second = await start('-')
      await until(settled)
      const head = await fetch(new URL(location, second.url), { method: 'HEAD', headers: TUS })
      expect(head.headers.get('upload-offset')).toBe('100000')
      expectOnce(data)
    },
  )

  test('in the middle goes on where its bytes end', async () => {
    const data = randomBytes(2_000_000)
    const first = await start('-')
    const location = await send(first.url, data)
    const half = patch(first.url, location, 0, data.subarray(0, 1_200_000))
    await half.catch(() => null)
    first.child.kill('SIGKILL')
    await first.ended
    const second = await start('-')
    const head = await fetch(new URL(location, second.url), { method: 'HEAD', headers: TUS })
    const offset = Number(head.headers.get('upload-offset'))
    expect(offset).toBe(1_200_000)
    await patch(second.url, location, offset, data)
    await until(settled)
    expectOnce(data)
  })
})

describe('a hot folder, killed', () => {
  test.each(SHARED)('at %s takes its file exactly once', async (point) => {
    const data = randomBytes(50_000)
    await writeFile(join(hot, 'film.ts'), data)
    const first = await start(point)
    expect(await first.ended).toBe('SIGKILL')
    await start('-')
    await until(settled)
    expectOnce(data)
  })
})

describe('a hand-over, killed', () => {
  test.each([...SHARED, 'after-copy'].filter((point) => !point.endsWith('-commit') && point !== 'after-remove-source'))(
    'at %s is finished exactly once, the source untouched',
    async (point) => {
      const data = randomBytes(50_000)
      const source = join(folder, 'film.mov')
      await writeFile(source, data)
      const first = await start(point)
      first.child.stdin.write(`${source}\n`)
      expect(await first.ended).toBe('SIGKILL')
      const second = await start('-')
      await until(() => effects().started().length === 1)
      // Handed over again by the command line that lost its answer.
      second.child.stdin.write(`${source}\n`)
      expect((await second.lines.next()).value).toBe('done')
      expectOnce(data)
      expect(readFileSync(source)).toEqual(data)
    },
  )
})
