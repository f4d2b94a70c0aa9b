import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Bulk } from './bulk.ts'
import { ElasticsearchClient } from './client.ts'
import { entryOfDocument, withoutText, type Entry } from './index-document.ts'

type Reply = { status: number; json: unknown }
/** What a server says to a bulk of these identifiers and so many bytes. */
type Behaviour = (ids: readonly string[], bytes: number, round: number) => Reply

const entries = (count: number): Entry[] =>
  Array.from({ length: count }, (_, i) => ({ id: `1.${i}`, version: 1, body: JSON.stringify({ text: { name: 'x'.repeat(50) } }) }))
const done = (status = 201, error?: object) => ({ index: { status, ...(error ? { error } : {}) } })
const said = (items: readonly object[]): Reply => ({ status: 200, json: { items } })
const BUSY = { type: 'es_rejected_execution_exception', reason: 'queue is full' }

let server: Server
let client: ElasticsearchClient
let asked: string[][]
let lastBody: string
let behaviour: Behaviour

beforeEach(async () => {
  asked = []
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const ids = [...body.matchAll(/"_id":"([^"]+)"/g)].map((found) => found[1]!)
      asked.push(ids)
      lastBody = body
      const { status, json } = behaviour(ids, body.length, asked.length)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  client = new ElasticsearchClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
afterEach(async () => {
  client.close()
  await new Promise((resolve) => server.close(resolve))
})

const bulk = (patienceMs = 5_000) => new Bulk(client, { patienceMs, smaller: withoutText })

test('what a server held back is sent again, less at once, and nothing that it took', async () => {
  behaviour = (ids, _, round) => said(ids.map((_id, i) => (round === 1 && i % 2 === 0 ? done(429, BUSY) : done())))
  await bulk().write('a', entries(10))
  expect(asked).toEqual([entries(10).map(({ id }) => id), ['1.0', '1.2', '1.4', '1.6', '1.8']])
})

test('a server that takes nothing at all is asked for less, later, and given up after a while', async () => {
  behaviour = () => ({ status: 429, json: { error: BUSY, status: 429 } })
  const startedMs = performance.now()
  await expect(bulk(600).write('a', entries(8))).rejects.toMatchObject({ code: 'unavailable' })
  expect(performance.now() - startedMs).toBeLessThan(1_500)
  expect(asked.length).toBeGreaterThan(1)
  expect(asked.length).toBeLessThan(8)
})

test('a request that is too large is halved until it fits', async () => {
  behaviour = (ids, bytes) => (bytes > 1_000 ? { status: 413, json: 'nginx: 413 Request Entity Too Large' } : said(ids.map(() => done())))
  const writer = bulk()
  await writer.write('a', entries(40))
  const taken = asked.filter((ids) => ids.length <= 8).flat()
  expect([...new Set(taken)]).toHaveLength(40)
  asked = []
  await writer.write('a', entries(8))
  expect(asked.length, 'it remembers').toBeLessThan(4)
})

test('a document that alone is too large loses its text and can be found by the rest', async () => {
  const document = { accountId: 1, number: 7, id: 'x', revision: 1, keywords: {}, numbers: {} }
  const large = entryOfDocument({ ...document, text: { name: 'report', text: 'lorem '.repeat(5_000) } })
  behaviour = (ids, bytes) => (bytes > 5_000 ? { status: 413, json: {} } : said(ids.map(() => done())))
  await bulk().write('a', [large, ...entries(1)])
  expect(asked.flat()).toContain('1.0')
  expect(asked.flat().filter((id) => id === '1.7').length).toBeGreaterThan(1)
  expect(withoutText(large)!.body).toContain('"words":["report"]')
  expect(lastBody).not.toContain('lorem')
  behaviour = () => ({ status: 413, json: {} })
  await expect(bulk().write('a', entries(1))).rejects.toMatchObject({
    code: 'too_large',
    message: expect.stringContaining('http.max_content_length') as string,
  })
})

test('one that is refused for good is told after the others were written; what is older than known is no fault', async () => {
  const strict = { type: 'strict_dynamic_mapping_exception', reason: 'mapping set to strict' }
  behaviour = (ids) =>
    said(
      ids.map((id) =>
        id === '1.1' ? done(400, strict) : id === '1.2' ? done(409, { type: 'version_conflict_engine_exception' }) : done(),
      ),
    )
  await expect(bulk().write('a', entries(4))).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('strict') as string,
  })
  behaviour = (ids) => said(ids.map(() => done(409, { type: 'version_conflict_engine_exception' })))
  await bulk().write('a', entries(4))
})

test('a full disk is said at once, not waited for', async () => {
  const reason =
    'index [a] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];'
  behaviour = (ids) => said(ids.map(() => done(429, { type: 'cluster_block_exception', reason })))
  await expect(bulk().write('a', entries(4))).rejects.toMatchObject({ code: 'no_space' })
  expect(asked).toHaveLength(1)
})
