import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { api } from '@capstan/contract/api'
import type { Right } from '@capstan/contract/rights'
import type { Endpoint } from '@capstan/contract/endpoint'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Platform, until } from './platform.ts'

const LIMIT_MS = 120_000
const ID = /"id":"([0-9a-f-]{36})"/g

const readable = Object.values(api)
  .flatMap((group) => Object.values(group) as Endpoint[])
  .filter(({ method, bytes, permission }) => method === 'GET' && !bytes && permission === 'see')

let platform: Platform
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-in-place-'))
  platform = await Platform.start({ env: { CAPSTAN_LOW_WATER_BYTES: '0' } })
  await platform.signIn()
  writeFileSync(join(folder, 'note.txt'), 'words in place')
  await platform.call(api.ingests.create, {
    body: { paths: [join(folder, 'note.txt'), join(folder, 'gone.mov')], inPlace: true, workflow: 'ingest-and-publish' },
  })
  const { asset } = await platform.ended('note.txt')
  expect(asset.publishedTo).toContain(platform.data)
  expect(asset.files[0]?.location.path).toBe(join(folder, 'note.txt'))
}, LIMIT_MS)

afterAll(async () => {
  await platform.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** What everything that can be read answers to a token, with every id that the answers name. */
async function everything(token: string): Promise<{ path: string; text: string }[]> {
  const read = async (path: string) => {
    const reply = await platform.fetch(`/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
    return { path, text: reply.ok ? await reply.text() : '' }
  }
  const lists = await Promise.all(readable.filter(({ path }) => !path.includes(':')).map(({ path }) => read(path)))
  const ids = new Set(lists.flatMap(({ text }) => [...text.matchAll(ID)].map(([, id]) => id!)))
  const answers = [...lists]
  for (const { path } of readable.filter((endpoint) => endpoint.path.includes(':')))
    answers.push(...(await Promise.all([...ids].map((id) => read(path.replace(/:\w+/, id))))))
  return answers.filter(({ text }) => text !== '')
}

test('a file in place is sent with ranges, and not after a link took its place', { timeout: LIMIT_MS }, async () => {
  const note = join(folder, 'note.txt')
  const { items } = await platform.call(api.files.list, {})
  const content = (range?: string) => platform.fetch(`/api/v1/files/${items[0]!.id}/content`, range ? { headers: { range } } : {})
  const part = await content('bytes=6-7')
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 6-7/14', 'in'])
  expect(await (await content()).text()).toBe('words in place')
  renameSync(note, `${note}.away`)
  symlinkSync(join(platform.data, 'admin-password'), note)
  const refused = await content()
  expect(refused.status).toBe(404)
  const told = await refused.text()
  expect(told).toContain('note.txt')
  for (const secret of [platform.password(), ...places()]) expect(told).not.toContain(secret)
  // Its failure is among what is read below.
  const { id } = await platform.call(api.runs.start, { body: { workflow: 'ingest', assetId: items[0]!.assetId } })
  await until('the run', async () => (await platform.call(api.runs.get, { params: { id } })).status === 'failed')
})

const places = () => [platform.data, folder]

test(
  'who may only see finds no path of the server in any answer, and still what there is and how it does',
  { timeout: LIMIT_MS },
  async () => {
    const token = await platform.makeToken(['see'])
    const answers = await everything(token)
    expect(answers.length).toBeGreaterThan(30)
    expect(answers.filter(({ text }) => places().some((place) => text.includes(place)))).toEqual([])
    const { items } = JSON.parse(answers.find(({ path }) => path === '/storages')!.text) as { items: unknown[] }
    expect(items).toMatchObject([
      { name: 'main', status: 'ok', url: null },
      { name: 'published', status: 'ok', url: null },
    ])
    const asset = answers.map(({ text }) => JSON.parse(text) as { publishedTo?: string }).find(({ publishedTo }) => publishedTo)
    expect(asset?.publishedTo).toMatch(/^note/)
  },
)

test('who operates finds them', { timeout: LIMIT_MS }, async () => {
  const answers = await everything(await platform.makeToken(['see', 'operate']))
  for (const path of ['/storages', '/hot-folders', '/files', '/events'])
    expect(
      places().some((place) => answers.find((answer) => answer.path === path)!.text.includes(place)),
      path,
    ).toBe(true)
})

test('playing, downloading and exporting are rights of their own', { timeout: LIMIT_MS }, async () => {
  const { items } = await platform.call(api.renditions.list, {})
  const content = `/renditions/${items[0]!.id}/content`
  const still = `/assets/${items[0]!.assetId}/still?frame=0`
  const answers = async (...rights: Right[]) => {
    const headers = { authorization: `Bearer ${await platform.makeToken(['see', ...rights])}` }
    const ask = async (path: string) => (await platform.fetch(`/api/v1${path}`, { headers })).status
    return Promise.all([content, `${content}?download=1`, still].map(ask))
  }
  expect(await answers()).toEqual([403, 403, 403])
  expect(await answers('play_proxy')).toEqual([200, 403, 403])
  expect(await answers('download_proxy')).toEqual([403, 200, 403])
  // It may, but the file was taken away above.
  expect(await answers('export')).toEqual([403, 403, 404])
})
