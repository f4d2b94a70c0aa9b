import { createServer } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ask, askSurely } from '../../../../ops/servers/ask.ts'
import { FaultProxy, type Fault } from '../../../../ops/servers/fault-proxy.ts'
import { credentialsOf, type StoreServer } from '../../../../ops/servers/store-server.ts'
import { bindQuery } from '../../services/search/domain/bind-query.ts'
import { parseQuery } from '../../services/search/domain/parse-query.ts'
import { searchCorpus } from '../../services/search/ports/search-index.corpus.ts'
import type { SearchIndex, SearchRequest, WriteBatch } from '../../services/search/ports/search-index.ts'
import { ElasticsearchClient } from './client.ts'
import { Indices } from './indices.ts'
import { openElasticsearchSearchIndex, type ElasticsearchSearchIndexOptions } from './search-index.ts'
import { newPrefix, onEverySearchServer, removeIndices } from './testing.ts'

const CORPUS = searchCorpus(30).map((document) => ({ ...document, accountId: 1 }))
const WHOLE: WriteBatch = { documents: CORPUS, tombstones: [], checkpoints: [{ accountId: 1, sequence: 5 }], completesRebuild: true }
const AWAY = { code: 'unavailable', message: expect.stringContaining('work again') as string }
const TIMEOUT_MS = 1_500
const DAY_MS = 86_400_000

const request = (q = ''): SearchRequest => ({
  accountId: 1,
  scope: 'all',
  ...bindQuery(parseQuery(q), { nowMs: 0 }),
  limit: 10,
  cursor: null,
  facets: [],
})

const everything = request('number:>=0 (is:deleted OR -is:deleted)')

await onEverySearchServer((server) => {
  const prefix = newPrefix()
  const opened: SearchIndex[] = []
  const open = async (options: Partial<ElasticsearchSearchIndexOptions> = {}) => {
    const index = await openElasticsearchSearchIndex({ url: server.url, prefix, timeoutMs: TIMEOUT_MS, ...options })
    opened.push(index)
    return index
  }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((index) => index.close()))
    await removeIndices(server, prefix)
  })
  const indexNames = async () => Object.keys((await askSurely(`${server.url}/${prefix}-*/_alias`)) as object)
  const settings = (body: object) => askSurely(`${server.url}/${prefix}-*/_settings`, { method: 'PUT', body })

  test('a server that is killed is unavailable at once, and serves again what it has without anybody opening anything', async ({
    skip,
  }) => {
    if (!server.control) return skip()
    const index = await open()
    await index.write(WHOLE)
    await server.control.kill()
    await expect(index.search(everything)).rejects.toMatchObject(AWAY)
    await expect(index.write(WHOLE)).rejects.toMatchObject(AWAY)
    await expect(index.state()).rejects.toMatchObject(AWAY)
    await server.control.restart()
    await vi.waitFor(async () => expect(await index.count(everything)).toBe(30), { timeout: 20_000, interval: 200 })
    expect(await index.state()).toEqual({ documents: 30, checkpoints: [{ accountId: 1, sequence: 5 }], needsRebuild: false })
  })

  const FAULTS: readonly Fault[] = [
    { kind: 'half-open' },
    { kind: 'cut' },
    { kind: 'drop', direction: 'down' },
    { kind: 'drop', direction: 'up' },
  ]

  test.each(FAULTS)('behind a network that is $kind ($direction) nobody waits beyond the limit, and it comes back', async (fault) => {
    const proxy = await FaultProxy.before(server.url)
    const index = await open({ url: proxy.through(server.url) })
    await index.write(WHOLE)
    await proxy.set(fault)
    const startedMs = performance.now()
    await expect(index.search(everything)).rejects.toMatchObject(AWAY)
    await expect(index.count(everything)).rejects.toMatchObject(AWAY)
    expect(performance.now() - startedMs).toBeLessThan(2 * (TIMEOUT_MS + 1_500))
    await proxy.set({ kind: 'none' })
    await vi.waitFor(async () => expect(await index.count(everything)).toBe(30), { timeout: 10_000, interval: 100 })
    await index.close()
    await proxy.stop()
  })

  test('a slow network slows, and changes nothing else', async () => {
    const proxy = await FaultProxy.before(server.url)
    const index = await open({ url: proxy.through(server.url) })
    await proxy.set({ kind: 'latency', delayMs: 150 })
    await index.write(WHOLE)
    expect(await index.count(everything)).toBe(30)
    await proxy.set({ kind: 'drip', bytesPerSecond: 20_000 })
    expect((await index.search(everything)).total).toBe(30)
    await index.close()
    await proxy.stop()
  })

  test('a kept connection that the server has closed meanwhile is replaced without a word', async () => {
    const proxy = await FaultProxy.before(server.url)
    const index = await open({ url: proxy.through(server.url) })
    await index.write(WHOLE)
    for (let i = 0; i < 5; i++) {
      await proxy.set({ kind: 'cut' })
      await proxy.set({ kind: 'none' })
      expect(await index.count(everything)).toBe(30)
    }
    await index.close()
    await proxy.stop()
  })

  test('an index that somebody deleted asks for a rebuild and takes what is written', async () => {
    const index = await open()
    await index.write(WHOLE)
    await removeIndices(server, prefix)
    await expect(index.search(everything)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('built again') as string,
    })
    expect(await index.state()).toEqual({ documents: 0, checkpoints: [], needsRebuild: true })
    await removeIndices(server, prefix)
    await index.write(WHOLE)
    expect([await index.count(everything), (await index.state()).needsRebuild]).toEqual([30, false])
  })

  test('a read-only index (flood stage) is said plainly, is searched, and is written again when there is space', async () => {
    const index = await open()
    await index.write(WHOLE)
    await settings({ 'index.blocks.read_only_allow_delete': true })
    const newer = CORPUS.map((document) => ({ ...document, revision: 2, text: { name: 'fresh' } }))
    const writing = index.write({ ...WHOLE, documents: newer, checkpoints: [{ accountId: 1, sequence: 6 }] })
    await expect(writing).rejects.toMatchObject({ code: 'no_space', message: expect.stringContaining('disk is nearly full') as string })
    expect((await index.search(everything)).total).toBe(30)
    expect((await index.state()).checkpoints).toEqual([{ accountId: 1, sequence: 5 }])
    await settings({ 'index.blocks.read_only_allow_delete': null })
    await index.write({ ...WHOLE, documents: newer, checkpoints: [{ accountId: 1, sequence: 6 }] })
    expect((await index.state()).checkpoints).toEqual([{ accountId: 1, sequence: 6 }])
    expect(await index.count({ ...everything, ...bindQuery(parseQuery('fresh is:deleted OR fresh'), { nowMs: 0 }) })).toBe(30)
  })

  test('a template that spoils new indexes is found at the start, with what to do', async () => {
    const template = `${server.url}/_index_template/${prefix}`
    const spoilt = [
      { mappings: { properties: { sparkle: { type: 'keyword' } } } },
      { settings: { 'index.final_pipeline': 'somebody' } },
      { settings: { 'index.sort.field': 'nothing' } },
    ]
    for (const theirs of spoilt) {
      await askSurely(template, { method: 'PUT', body: { index_patterns: [`${prefix}-*`], priority: 500, template: theirs } })
      await expect(open(), JSON.stringify(theirs)).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringMatching(/index template.*index_patterns/) as string,
      })
    }
    await ask(template, { method: 'DELETE' })
    expect((await (await open()).state()).needsRebuild).toBe(true)
  })

  test('while it is rebuilt, searches of every process find what was there before, and the index before goes with the swap', async () => {
    const [index, other] = [await open(), await open()]
    await index.write(WHOLE)
    await index.startRebuild()
    expect([await index.count(everything), await other.count(everything)]).toEqual([30, 30])
    await index.write({ ...WHOLE, documents: CORPUS.slice(0, 10), completesRebuild: false })
    await other.write({ ...WHOLE, documents: [{ ...CORPUS[20]!, revision: 2 }], checkpoints: [], completesRebuild: false })
    expect([await index.count(everything), await other.count(everything)]).toEqual([30, 30])
    await index.write({ ...WHOLE, documents: [] })
    expect([await index.count(everything), await other.count(everything)]).toEqual([11, 11])
    expect(await indexNames()).toHaveLength(1)
  })

  test('the index of another release stays for a day, and that of another platform for ever', async () => {
    const index = await open()
    await index.write(WHOLE)
    const others = [`${prefix}-0123456789ab-first`, `${prefix}-b-0123456789ab-first`]
    for (const name of others) await askSurely(`${server.url}/${name}`, { method: 'PUT' })
    const client = new ElasticsearchClient({ url: server.url })
    const indices = new Indices(client, prefix)
    await indices.removeOutdated(Date.now())
    expect(await indexNames()).toEqual(expect.arrayContaining(others))
    await indices.removeOutdated(Date.now() + 2 * DAY_MS)
    expect((await indexNames()).filter((name) => others.includes(name))).toEqual([others[1]])
    expect(await index.count(everything)).toBe(30)
    client.close()
  })
})

describe('behind TLS', async () => {
  await onEverySearchServer(
    (server: StoreServer) => {
      const { url, password } = credentialsOf(server.url)
      const withUser = url.replace('https://', 'https://capstan@')
      const openAt = async (options: Partial<ElasticsearchSearchIndexOptions>) => {
        const index = await openElasticsearchSearchIndex({ url: withUser, prefix: newPrefix(), ...options })
        try {
          await index.write(WHOLE)
          return await index.count(everything)
        } finally {
          await index.close()
        }
      }

      test('user, password and authority are used, and what is wrong with them is said', async () => {
        const folder = await mkdtemp(join(tmpdir(), 'capstan-search-tls-'))
        const caFile = join(folder, 'ca.pem')
        await writeFile(caFile, server.ca ?? '')
        expect(await openAt({ password, caFile })).toBe(30)
        const cases: [Partial<ElasticsearchSearchIndexOptions>, RegExp][] = [
          [{ password }, /certificate is not trusted.*CAPSTAN_ELASTICSEARCH_CA_FILE/],
          [{ password: 'wrong', caFile }, /refuses user, password/],
          [{ apiKey: 'wrong', caFile }, /refuses user, password or API key/],
          [{ password, caFile: join(folder, 'none.pem') }, /cannot be read/],
        ]
        for (const [options, message] of cases) {
          await expect(openAt(options)).rejects.toMatchObject({ code: 'invalid', message: expect.stringMatching(message) as string })
        }
        await rm(folder, { recursive: true })
      })
    },
    { tls: true },
  )
})

test('an address where something else answers, or nobody, is refused at the start', async () => {
  const server = createServer((_, answer) => answer.end('{"hello":"world"}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const opening = (url: string) => openElasticsearchSearchIndex({ url })
  await expect(opening(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('neither') as string,
  })
  await new Promise((resolve) => server.close(resolve))
  await expect(opening(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('start it') as string,
  })
  await expect(opening('http://nobody.invalid:9200')).rejects.toMatchObject({ message: expect.stringContaining('no such host') as string })
  await expect(opening('ftp://x')).rejects.toMatchObject({ message: expect.stringContaining('no address') as string })
})
