import { afterEach, expect, test } from 'vitest'
import { bindQuery } from '../../services/search/domain/bind-query.ts'
import type { SearchDocument } from '../../services/search/domain/document.ts'
import { parseQuery } from '../../services/search/domain/parse-query.ts'
import { QUERY_CLAUSES_MAX, QUERY_DEPTH_MAX } from '../../services/search/domain/query.ts'
import { searchCorpus, seeded } from '../../services/search/ports/search-index.corpus.ts'
import { OracleIndex } from '../../services/search/ports/search-index.oracle.ts'
import type { SearchIndex, SearchRequest, WriteBatch } from '../../services/search/ports/search-index.ts'
import { openElasticsearchSearchIndex } from './search-index.ts'
import { newPrefix, onEverySearchServer, removeIndices } from './testing.ts'

const MANY = 12_000
const batchOf = (documents: readonly SearchDocument[]): WriteBatch => ({
  documents,
  tombstones: [],
  checkpoints: [],
  completesRebuild: false,
})
const bound = (q: string) => bindQuery(parseQuery(q), { nowMs: 0 })
const request = (q: string, more: Partial<SearchRequest> = {}): SearchRequest => ({
  accountId: 1,
  scope: 'all',
  ...bound(q),
  limit: 200,
  cursor: null,
  facets: [],
  ...more,
})

async function* pages(index: SearchIndex, search: SearchRequest): AsyncGenerator<readonly number[]> {
  let cursor: string | null = null
  do {
    const page = await index.search({ ...search, cursor })
    yield page.hits.map(({ number }) => number)
    cursor = page.nextCursor
  } while (cursor !== null)
}

await onEverySearchServer((server) => {
  const prefix = newPrefix()
  const opened: SearchIndex[] = []
  const open = async () => {
    const index = await openElasticsearchSearchIndex({ url: server.url, prefix })
    opened.push(index)
    return index
  }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((index) => index.close()))
    await removeIndices(server, prefix)
  })

  test(`${MANY} hits are paged each once, in order, also while others write`, async () => {
    const index = await open()
    const [first] = searchCorpus(1)
    const random = seeded(5)
    const documents = Array.from({ length: MANY }, (_, i): SearchDocument => ({
      ...first!,
      number: i + 1,
      id: `00000000-0000-7000-8000-${(i + 1).toString(16).padStart(12, '0')}`,
      text: { name: `take ${i}` },
      keywords: {},
      numbers: random() < 0.1 ? {} : { updated: Math.floor(random() * 500) },
    }))
    await index.write(batchOf(documents))
    for (const q of ['take SORT BY updated DESC', 'take SORT BY name', 'take* SORT BY relevance']) {
      const expected = new OracleIndex(documents).search(request(q)).map(({ number }) => number)
      const found: number[] = []
      let page = 0
      for await (const numbers of pages(index, request(q))) {
        found.push(...numbers)
        // After the snapshot was taken, documents jump to the front and to the end.
        if (++page === 3)
          await index.write(batchOf(documents.slice(5_000, 5_100).map((one, i) => ({ ...one, numbers: { updated: i * 1e6 } }))))
      }
      expect(found, q).toEqual(expected)
      await index.write(batchOf(documents.slice(5_000, 5_100)))
    }
  })

  test('the largest, deepest and most twisted queries are answered as by the oracle', async () => {
    const corpus = searchCorpus(200)
    const index = await open()
    await index.write(batchOf(corpus))
    const oracle = new OracleIndex(corpus)
    const words = Array.from({ length: QUERY_CLAUSES_MAX - 1 }, (_, i) =>
      i % 4 === 2 ? 'nws~' : `${['city', 'interview', '', 'x'][i % 4]!}${i > 3 ? i : ''}`,
    )
    const deep = (depth: number): string => (depth < 3 ? 'city' : `NOT (clip (${deep(depth - 3)}))`)
    const queries = [
      `${words.join(' OR ')} SORT BY relevance`,
      words.map((word) => `name:${word}`).join(' OR '),
      deep(QUERY_DEPTH_MAX),
      'n?ws~2 OR ab~2 OR x~2 OR clp~1 OR nwes~',
      'city (kind:video OR -tag:news^3) OR ("final match"^5 -archive) SORT BY relevance',
      'owner:mü* OR owner:*ö* OR tag:archiv~ OR owner:??n',
      '*i*e*r* -*x*y*z*',
    ]
    for (const q of queries) {
      const { where, sort } = bound(q)
      const expected = oracle.search({ accountId: 1, scope: 'all', where, sort }).map(({ number }) => number)
      const found = await index.search(request(q))
      expect([found.total, found.hits.map(({ number }) => number)], q).toEqual([expected.length, expected.slice(0, 200)])
    }
  })

  test('what is written can be found within 1.5 s, also when writes come all the time', async () => {
    const index = await open()
    const corpus = searchCorpus(100).map((document) => ({ ...document, accountId: 1 }))
    const times: number[] = []
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let i = 0; i < 8; i++) {
          const number = writer * 1_000 + i + 1
          const startedMs = performance.now()
          await index.write(batchOf([{ ...corpus[i]!, number, text: { name: `w${writer}n${i}` }, keywords: {} }]))
          expect(await index.count(request(`w${writer}n${i}`))).toBe(1)
          times.push(performance.now() - startedMs)
        }
      }),
    )
    process.stderr.write(`found after at most ${Math.round(Math.max(...times))} ms\n`)
    expect(Math.max(...times)).toBeLessThan(1_500)
  })

  test('facets are exact where many values have the same count, in the order of code units', async () => {
    const index = await open()
    const values = Array.from({ length: 90 }, (_, i) => `${['a', '\u{1f3ac}', 'ﷺ', '퟿'][i % 4]!}${i}`)
    const documents = searchCorpus(180).map((document, i) => ({
      ...document,
      accountId: 1,
      keywords: { tag: [values[i % 90]!, values[(i * 7) % 90]!] },
    }))
    await index.write(batchOf(documents))
    const oracle = new OracleIndex(documents)
    const hits = oracle.search(request(''))
    const { facets, total } = await index.search(request('', { facets: ['tag'] }))
    expect([total, facets]).toEqual([hits.length, [oracle.facet('tag', hits)]])
  })
})
