import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteSearchIndex } from '../server/src/adapters/sqlite/search-index.ts'
import { bindQuery } from '../server/src/services/search/domain/bind-query.ts'
import type { SearchDocument } from '../server/src/services/search/domain/document.ts'
import { parseQuery } from '../server/src/services/search/domain/parse-query.ts'
import { searchCorpus, seeded } from '../server/src/services/search/ports/search-index.corpus.ts'
import type { SearchIndex, SearchRequest } from '../server/src/services/search/ports/search-index.ts'

type Figure = { name: string; value: number | null; unit: string; goal: number | null; better: 'higher' | 'lower' }

/** A class of words: `words` of them, each in about `part` of the documents. */
const CLASSES = [
  { name: 'few', part: 5 / 200_000 },
  { name: 'hundred', part: 100 / 200_000 },
  { name: 'thousands', part: 5_000 / 200_000 },
  { name: 'most', part: 0.6 },
] as const
const WORDS_A_DOCUMENT = [1, 1, 1, 3]
const MOST_WORDS = 4
const FACETS = ['kind', 'codec', 'container', 'tag', 'owner', 'language'] as const
const BATCH = 500
const WORKSPACES = ['1', '2', '3', '4']

const wordsIn = (i: number, count: number): number =>
  i === 3 ? MOST_WORDS : Math.max(1, Math.round(1 / CLASSES[i]!.part / (200_000 / count)))
const SYLLABLES = ['ka', 'lo', 'mir', 'ten', 'sa', 'vor', 'el', 'du', 'pin', 'gra', 'be', 'zor', 'na', 'fi', 'hul', 'ost']

/** A pronounceable word for a number; no two are equal. */
function word(group: string, n: number): string {
  let text = group.slice(0, 1)
  for (let rest = n + 1; rest > 0; rest = Math.floor(rest / SYLLABLES.length)) text += SYLLABLES[rest % SYLLABLES.length]!
  return text
}

const textOf = ({ text }: SearchDocument, field: 'name' | 'description'): string => [text[field] ?? ''].flat().join(' ')

function* documents(count: number): Generator<SearchDocument[]> {
  const random = seeded(7)
  for (let from = 0; from < count; from += BATCH) {
    yield searchCorpus(BATCH, from + 1).map((document, i) => {
      const number = from + i + 1
      const words = CLASSES.flatMap(({ name }, k) => {
        const pool = wordsIn(k, count)
        return Array.from({ length: WORDS_A_DOCUMENT[k]! }, () => word(name, Math.floor(random() * pool)))
      })
      return {
        ...document,
        accountId: 1,
        number,
        id: `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`,
        text: {
          ...document.text,
          name: `${textOf(document, 'name')} ${words.slice(0, 3).join(' ')}`,
          description: `${textOf(document, 'description')} ${words.slice(3).join(' ')}`,
        },
        keywords: {
          ...document.keywords,
          workspace: [WORKSPACES[number % 4]!],
          is: (document.keywords.is ?? []).filter((flag) => flag !== 'deleted'),
        },
        numbers: { ...document.numbers, created: Date.UTC(2025, 0, 1) + number * 60_000 },
      }
    })
  }
}

/** A quarter of each class; no query comes twice, so that nothing is answered from what was kept of the same query. */
function queries(count: number, rounds: number, seed: number): { kind: string; q: string }[] {
  const random = seeded(seed)
  const some = (k: number): string => word(CLASSES[k]!.name, Math.floor(random() * wordsIn(k, count)))
  return Array.from({ length: rounds }, (_, i) => [
    { kind: 'few', q: i % 3 === 0 ? `${some(3)} ${some(0)}` : some(0) },
    { kind: 'hundred', q: i % 3 === 0 ? `${some(1)} size:>${i}` : some(1) },
    { kind: 'thousands', q: i % 2 === 0 ? `${some(2)} -${some(0)}` : `name:${some(2)} number:>${i % 50}` },
    {
      kind: 'most',
      q: [`${some(3)} number:>${i}`, `${some(3)} -${some(1)}`, `${some(3)} OR ${some(2)} OR ${some(0)}`, `size:>=0 -${some(1)}`][i % 4]!,
    },
  ]).flat()
}

const request = (q: string, more: Partial<SearchRequest> = {}): SearchRequest => ({
  accountId: 1,
  scope: 'all',
  ...bindQuery(parseQuery(q), { nowMs: Date.UTC(2026, 0, 1) }),
  limit: 50,
  cursor: null,
  facets: FACETS,
  ...more,
})

const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!
const rounded = (value: number): number => Math.round(value * 100) / 100

async function timed(index: SearchIndex, searches: readonly SearchRequest[]): Promise<number[]> {
  const times: number[] = []
  for (const search of searches) {
    const startedAt = performance.now()
    await index.search(search)
    times.push(performance.now() - startedAt)
  }
  return times.sort((a, b) => a - b)
}

async function perSecond(index: SearchIndex, searches: readonly SearchRequest[], atOnce: number): Promise<number> {
  const startedAt = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < searches.length) await index.search(searches[next++]!)
    }),
  )
  return searches.length / ((performance.now() - startedAt) / 1_000)
}

async function whileWriting<T>(index: SearchIndex, document: SearchDocument, work: () => Promise<T>): Promise<T> {
  let revision = 2
  const timer = setInterval(() => {
    void index.write({ documents: [{ ...document, revision: revision++ }], tombstones: [], checkpoints: [], completesRebuild: false })
  }, 100)
  return work().finally(() => clearInterval(timer))
}

/** Search over 200,000 assets (quick: 20,000) with a seeded mix of queries, six facets each, through the worker thread. */
export async function run({ quick }: { quick: boolean }): Promise<{ figures: Figure[] }> {
  const count = quick ? 20_000 : 200_000
  const folder = await mkdtemp(join(tmpdir(), 'capstan-bench-search-'))
  const index = await openSqliteSearchIndex(join(folder, 'search.db'))
  try {
    const startedAt = performance.now()
    let first: SearchDocument | null = null
    let waitedMs = 0
    for (const batch of documents(count)) {
      first ??= batch[0]!
      const writeAt = performance.now()
      await index.write({ documents: batch, tombstones: [], checkpoints: [], completesRebuild: false })
      waitedMs += performance.now() - writeAt
    }
    await index.write({ documents: [], tombstones: [], checkpoints: [], completesRebuild: true })
    if (process.env['CAPSTAN_BENCH_VERBOSE'])
      console.log('written in', rounded(performance.now() - startedAt), 'ms, waited', rounded(waitedMs))
    const memoryBefore = process.memoryUsage.rss()
    await index.search(request(''))
    if (process.env['CAPSTAN_BENCH_VERBOSE'])
      console.log('rss before and after the first search', memoryBefore / 2 ** 20, process.memoryUsage.rss() / 2 ** 20)
    const bytes = (await stat(join(folder, 'search.db'))).size
    const mix = queries(count, quick ? 100 : 200, 12)
    if (process.env['CAPSTAN_BENCH_VERBOSE']) await explain(index, mix)
    const times = await timed(
      index,
      queries(count, quick ? 100 : 400, 11).map(({ q }) => request(q)),
    )
    const everything = await timed(
      index,
      Array.from({ length: 50 }, (_, i) => request(`number:>=-${i + 1}`)),
    )
    const writing = await whileWriting(index, first!, () =>
      timed(
        index,
        mix.map(({ q }) => request(q)),
      ),
    )
    const few = Array.from({ length: 2_000 }, (_, i) => request(i % 2 === 0 ? '' : word('few', i), { limit: 25 }))
    const rate = await perSecond(index, few, 20)
    return {
      figures: [
        { name: 'search_p50_ms', value: rounded(percentile(times, 0.5)), unit: 'ms', goal: 20, better: 'lower' },
        { name: 'search_p99_ms', value: rounded(percentile(times, 0.99)), unit: 'ms', goal: 250, better: 'lower' },
        { name: 'search_p99_while_writing_ms', value: rounded(percentile(writing, 0.99)), unit: 'ms', goal: 250, better: 'lower' },
        { name: 'search_everything_p50_ms', value: rounded(percentile(everything, 0.5)), unit: 'ms', goal: null, better: 'lower' },
        { name: 'search_per_second', value: Math.round(rate), unit: '1/s', goal: 800, better: 'higher' },
        { name: 'search_index_docs_per_second', value: Math.round(count / (waitedMs / 1_000)), unit: '1/s', goal: null, better: 'higher' },
        { name: 'search_db_bytes_per_doc', value: Math.round(bytes / count), unit: 'B', goal: null, better: 'lower' },
      ],
    }
  } finally {
    await index.close()
    await rm(folder, { recursive: true })
  }
}

/** For whoever tunes: times by class of query. */
async function explain(index: SearchIndex, mix: readonly { kind: string; q: string }[]): Promise<void> {
  for (const { name } of CLASSES) {
    const searches = mix.filter(({ kind }) => kind === name).map(({ q }) => request(q))
    const totals = await Promise.all(searches.slice(0, 20).map(async (search) => (await index.search({ ...search, facets: [] })).total))
    const times = await timed(index, searches.slice(20))
    console.log(
      name,
      'hits',
      totals.slice(0, 8).join(' '),
      '| p50',
      rounded(percentile(times, 0.5)),
      'p99',
      rounded(percentile(times, 0.99)),
    )
  }
}
