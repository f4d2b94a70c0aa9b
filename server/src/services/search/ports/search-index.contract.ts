import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bindQuery } from '../domain/bind-query.ts'
import type { SearchDocument } from '../domain/document.ts'
import { KEYWORD_FIELD_NAMES, NEWEST_FIRST, SORT_FIELDS, type Sort } from '../domain/fields.ts'
import { parseQuery } from '../domain/parse-query.ts'
import { searchCorpus, seeded } from './search-index.corpus.ts'
import { OracleIndex } from './search-index.oracle.ts'
import { QUERIES, QUERIES_NOW_MS } from './search-index.queries.ts'
import type { SearchIndex, SearchRequest, SearchScope, WriteBatch } from './search-index.ts'

/** An adapter's way to open an empty index, to open it again, and to remove it. */
export type SearchIndexFixture = {
  open(): Promise<SearchIndex>
  remove(): Promise<void>
}

const CORPUS = searchCorpus(400)
const SCOPES: readonly SearchScope[] = ['all', { workspaceIds: [1] }, { workspaceIds: [2, 3] }, { workspaceIds: [] }]

const bound = (q: string, sort: Sort | null = null) => bindQuery(parseQuery(q), { nowMs: QUERIES_NOW_MS, sort })
const batchOf = (documents: readonly SearchDocument[]): WriteBatch => ({
  documents,
  tombstones: [],
  checkpoints: [],
  completesRebuild: false,
})
const request = (q: string, more: Partial<SearchRequest> = {}): SearchRequest => ({
  accountId: 1,
  scope: 'all',
  ...bound(q),
  limit: 200,
  cursor: null,
  facets: [],
  ...more,
})

async function allHits(index: SearchIndex, search: SearchRequest): Promise<number[]> {
  const numbers: number[] = []
  let cursor: string | null = null
  do {
    const page = await index.search({ ...search, cursor })
    expect(page.hits.length).toBeLessThanOrEqual(search.limit)
    numbers.push(...page.hits.map((hit) => hit.number))
    cursor = page.nextCursor
  } while (cursor !== null)
  return numbers
}

/** What every search index promises. */
export function searchIndexContract(name: string, prepare: () => Promise<SearchIndexFixture>): void {
  describe(`search index: ${name}`, () => {
    let fixture: SearchIndexFixture
    let index: SearchIndex

    beforeEach(async () => {
      fixture = await prepare()
      index = await fixture.open()
    })
    afterEach(async () => {
      await index.close()
      await fixture.remove()
    })

    answersLikeTheOracle(() => index)
    keepsTheNewest(() => index)
    separates(() => index)

    test('what was written is there after closing and opening, with its checkpoints', async () => {
      await index.write({ ...batchOf(CORPUS), checkpoints: [{ accountId: 1, sequence: 7 }], completesRebuild: true })
      await index.close()
      index = await fixture.open()
      expect(await index.state()).toEqual({ documents: 400, checkpoints: [{ accountId: 1, sequence: 7 }], needsRebuild: false })
      expect(await index.count(request('kind:video'))).toBeGreaterThan(50)
    })

    test('a new index asks for a rebuild until one is complete, and again when the next one is started', async () => {
      expect((await index.state()).needsRebuild).toBe(true)
      await index.write({ ...batchOf(CORPUS.slice(0, 5)), checkpoints: [{ accountId: 1, sequence: 3 }] })
      expect((await index.state()).needsRebuild).toBe(true)
      await index.write({ ...batchOf([]), completesRebuild: true })
      expect((await index.state()).needsRebuild).toBe(false)
      await index.startRebuild()
      expect(await index.state()).toEqual({ documents: 0, checkpoints: [], needsRebuild: true })
    })

    test('a rebuild leaves what was written since it was started, and nothing else', async () => {
      const numbersOf = (documents: readonly SearchDocument[]) => documents.map(({ number }) => number)
      const all = (documents: readonly SearchDocument[]) =>
        numbersOf(new OracleIndex(documents).search({ accountId: 1, scope: 'all', ...bound('') }))
      await index.write({ ...batchOf(CORPUS.slice(0, 20)), checkpoints: [{ accountId: 1, sequence: 3 }], completesRebuild: true })
      await index.startRebuild()
      await index.write(batchOf(CORPUS.slice(30, 40)))
      await index.startRebuild()
      await index.write({ ...batchOf(CORPUS.slice(10, 22)), checkpoints: [{ accountId: 1, sequence: 2 }] })
      expect(await index.state()).toMatchObject({ documents: 12, needsRebuild: true })
      await index.write({ ...batchOf([]), completesRebuild: true })
      expect(await index.state()).toEqual({ documents: 12, checkpoints: [{ accountId: 1, sequence: 2 }], needsRebuild: false })
      expect(await allHits(index, request(''))).toEqual(all(CORPUS.slice(10, 22)))
      await index.write(batchOf(CORPUS.slice(22, 24)))
      expect(await allHits(index, request(''))).toEqual(all(CORPUS.slice(10, 24)))
    })

    test('checkpoints never go back', async () => {
      await index.write({ ...batchOf([]), checkpoints: [{ accountId: 1, sequence: 9 }] })
      await index.write({
        ...batchOf([]),
        checkpoints: [
          { accountId: 1, sequence: 4 },
          { accountId: 2, sequence: 1 },
        ],
      })
      expect((await index.state()).checkpoints).toEqual([
        { accountId: 1, sequence: 9 },
        { accountId: 2, sequence: 1 },
      ])
    })

    test('a cursor of another sort, or of nothing, is invalid', async () => {
      await index.write(batchOf(CORPUS))
      const { nextCursor } = await index.search(request('', { limit: 5 }))
      const byName = request('', { sort: { field: 'name', descending: false } })
      for (const cursor of [nextCursor, 'rubbish', '', 'W10']) {
        await expect(index.search({ ...byName, cursor })).rejects.toMatchObject({ code: 'invalid' })
      }
    })

    test('a word that may be too many words is invalid', async () => {
      const many = Array.from({ length: 6 }, (_, i) => ({
        ...CORPUS[0]!,
        number: i + 1,
        keywords: {},
        text: { name: Array.from({ length: 250 }, (_, j) => `w${String.fromCharCode(97 + (j % 26))}${i}x${j}`).join(' ') },
      }))
      await index.write(batchOf(many))
      await expect(index.search(request('*x*'))).rejects.toMatchObject({ code: 'invalid' })
      expect(await index.count(request('wa0x0'))).toBe(1)
    })

    test('a closed index is unavailable, and closing twice is no fault', async () => {
      await index.close()
      await index.close()
      await expect(index.search(request(''))).rejects.toMatchObject({ code: 'unavailable' })
      await expect(index.count(request(''))).rejects.toMatchObject({ code: 'unavailable' })
      await expect(index.write(batchOf([]))).rejects.toMatchObject({ code: 'unavailable' })
      await expect(index.state()).rejects.toMatchObject({ code: 'unavailable' })
      await expect(index.startRebuild()).rejects.toMatchObject({ code: 'unavailable' })
    })
  })
}

function answersLikeTheOracle(opened: () => SearchIndex): void {
  test(
    `${QUERIES.length} queries find what reading every document finds, with the same order, counts and facets`,
    { timeout: 120_000 },
    async () => {
      const oracle = new OracleIndex(CORPUS)
      const index = opened()
      await index.write(batchOf(CORPUS.slice(0, 150)))
      await index.write(batchOf(CORPUS.slice(150)))
      const wrong: unknown[] = []
      for (const [i, q] of QUERIES.entries()) {
        const scope = i % 3 === 0 ? SCOPES[(i / 3) % SCOPES.length]! : 'all'
        const { where, sort } = bound(q)
        const hits = oracle.search({ accountId: 1, scope, where, sort })
        const facets = [KEYWORD_FIELD_NAMES[i % KEYWORD_FIELD_NAMES.length]!, 'kind', 'tag'] as const
        const found = await index.search(request(q, { scope, facets }))
        const answer = {
          total: found.total,
          numbers: found.hits.map((hit) => hit.number),
          ids: found.hits.map((hit) => hit.id),
          facets: found.facets,
        }
        const expected = {
          total: hits.length,
          numbers: hits.slice(0, 200).map((hit) => hit.number),
          ids: hits.slice(0, 200).map((hit) => hit.id),
          facets: facets.map((field) => oracle.facet(field, hits)),
        }
        if (JSON.stringify(answer) !== JSON.stringify(expected)) wrong.push({ q, scope, answer, expected })
        else if ((await index.count({ accountId: 1, scope, where })) !== hits.length) wrong.push({ q, scope, count: 'differs' })
      }
      expect(wrong.slice(0, 3)).toEqual([])
    },
  )

  test('any combination of them too, after documents were changed and removed', { timeout: 120_000 }, async () => {
    const index = opened()
    await index.write(batchOf(CORPUS))
    const random = seeded(3)
    const changed = CORPUS.filter(() => random() < 0.3).map((document) => ({
      ...CORPUS[Math.floor(random() * 400)]!,
      accountId: document.accountId,
      number: document.number,
      id: document.id,
      revision: 2,
    }))
    const kept = new Set(changed.map((document) => document.number))
    const removed = CORPUS.filter((document) => !kept.has(document.number) && random() < 0.2)
    await index.write(batchOf(changed))
    await index.write({ ...batchOf([]), tombstones: removed })
    const oracle = new OracleIndex([...changed, ...CORPUS.filter((document) => !kept.has(document.number) && !removed.includes(document))])
    for (let i = 0; i < 150; i++) {
      const q = combined(random)
      const hits = oracle.search(request(q))
      const found = await index.search(request(q, { facets: ['tag'] }))
      expect([found.total, found.hits.map((hit) => hit.number)], q).toEqual([hits.length, hits.slice(0, 200).map((hit) => hit.number)])
      expect(found.facets, q).toEqual([oracle.facet('tag', hits)])
    }
  })

  test('every sort order pages through all hits, each once, ties by number', { timeout: 60_000 }, async () => {
    const oracle = new OracleIndex(CORPUS)
    const index = opened()
    await index.write(batchOf(CORPUS))
    for (const field of SORT_FIELDS) {
      for (const descending of [true, false]) {
        const search = request('city OR news OR kind:video', { sort: { field, descending }, limit: 23 })
        const expected = oracle.search(search).map((hit) => hit.number)
        expect(await allHits(index, search), `${field} ${descending}`).toEqual(expected)
      }
    }
  })

  test('relevance is told, and only where it was asked for', async () => {
    const oracle = new OracleIndex(CORPUS)
    const index = opened()
    await index.write(batchOf(CORPUS))
    const search = request('city^2 OR "final match" SORT BY relevance', { limit: 10 })
    const expected = oracle.search(search).slice(0, 10)
    const { hits } = await index.search(search)
    expect(hits.map((hit) => hit.score)).toEqual(expected.map((document) => oracle.score(document, search.where)))
    expect((await index.search(request('city'))).hits[0]?.score).toBeNull()
  })
}

/** Two to four of the shared queries in a random tree. */
function combined(random: () => number): string {
  const parts = QUERIES.filter((q) => q !== '' && !q.includes('SORT BY'))
  const pick = (): string => `(${parts[Math.floor(random() * parts.length)]!})`
  const [a, b, c, d] = [pick(), pick(), pick(), pick()]
  const trees = [
    `${a} ${b}`,
    `${a} OR ${b}`,
    `${a} NOT ${b}`,
    `(${a} OR ${b}) (${c} OR NOT ${d})`,
    `NOT (${a} ${b}) OR ${c}`,
    `NOT (${a} OR -(${b} ${c})) ${d}`,
  ]
  return trees[Math.floor(random() * trees.length)]!
}

function keepsTheNewest(opened: () => SearchIndex): void {
  const first = CORPUS[0]!
  const named = (name: string, revision: number, more: Partial<SearchDocument> = {}): SearchDocument => ({
    ...first,
    revision,
    text: { name },
    keywords: { kind: ['video'], tag: [name] },
    ...more,
  })

  test('a newer or equal revision replaces, an older one is skipped, writing twice changes nothing', async () => {
    const index = opened()
    await index.write(batchOf([named('alpha', 2)]))
    await index.write(batchOf([named('alpha', 2)]))
    await index.write(batchOf([named('beta', 1)]))
    expect([await index.count(request('alpha')), await index.count(request('beta')), await index.count(request('tag:beta'))]).toEqual([
      1, 0, 0,
    ])
    await index.write(batchOf([named('gamma', 2)]))
    expect([await index.count(request('alpha')), await index.count(request('gamma'))]).toEqual([0, 1])
    await index.write(batchOf([named('epsilon', 2), named('delta', 3)]))
    expect([await index.count(request('alpha')), await index.count(request('gamma')), await index.count(request('delta'))]).toEqual([
      0, 0, 1,
    ])
    const { facets, total } = await index.search(request('', { facets: ['tag'] }))
    expect({ facets, total }).toEqual({ total: 1, facets: [{ field: 'tag', values: [{ value: 'delta', count: 1 }] }] })
  })

  test('a tombstone removes, an older revision does not come back, a newer one does', async () => {
    const index = opened()
    const { accountId, number, id } = first
    const bury = (revision: number): Promise<void> => index.write({ ...batchOf([]), tombstones: [{ accountId, number, id, revision }] })
    await bury(5)
    await index.write(batchOf([named('early', 4)]))
    expect(await index.count(request(''))).toBe(0)
    await index.write(batchOf([named('later', 6)]))
    await bury(5)
    expect(await index.count(request('later'))).toBe(1)
    await bury(6)
    const counts = await Promise.all(
      ['later', '*', 'kind:video', 'tag:*', 'number:1', '-nothing', 'name:*', 'lat*', 'l?ter'].map((q) => index.count(request(q))),
    )
    expect(counts).toEqual(counts.map(() => 0))
    expect((await index.state()).documents).toBe(0)
  })

  test('a write is seen by every search that begins after it, while others write', { timeout: 30_000 }, async () => {
    const index = opened()
    const writers = [1, 2, 3].map(async (writer) => {
      for (let i = 0; i < 15; i++) {
        await index.write(batchOf([named(`w${writer}n${i}`, 1, { number: writer * 1_000 + i })]))
        expect(await index.count(request(`w${writer}n${i}`))).toBe(1)
      }
    })
    await Promise.all(writers)
    expect(await index.count(request('kind:video'))).toBe(45)
  })
}

function separates(opened: () => SearchIndex): void {
  test('an account sees its own documents, words and facets only', async () => {
    const index = opened()
    await index.write(batchOf(CORPUS))
    await index.write(batchOf([{ ...CORPUS[0]!, accountId: 3, text: { name: 'zebra' }, keywords: { tag: ['stripes'] } }]))
    for (const q of ['', 'zebra', 'z*', 'z?bra', 'zebar~', 'tag:stripes', 'city']) {
      const expected = new OracleIndex(CORPUS).search({ accountId: 2, scope: 'all', ...bound(q) })
      expect(await allHits(index, request(q, { accountId: 2 })), q).toEqual(expected.map((hit) => hit.number))
    }
    expect(await index.count(request('zebra', { accountId: 3 }))).toBe(1)
    expect(await index.count(request('', { accountId: 99 }))).toBe(0)
    const { facets } = await index.search(request('', { accountId: 2, facets: ['tag'], sort: NEWEST_FIRST }))
    expect(JSON.stringify(facets)).not.toContain('stripes')
  })

  test('the scope hides other workspaces from hits, totals and facets', async () => {
    const index = opened()
    await index.write(batchOf(CORPUS))
    const { total, facets } = await index.search(request('', { scope: { workspaceIds: [2] }, facets: ['workspace', 'kind'] }))
    const hits = new OracleIndex(CORPUS).search({ accountId: 1, scope: { workspaceIds: [2] }, ...bound('') })
    expect(total).toBe(hits.length)
    expect(facets[0]?.values[0]).toEqual({ value: '2', count: hits.length })
  })
}
