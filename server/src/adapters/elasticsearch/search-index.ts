import type {
  Checkpoint,
  CountRequest,
  IndexState,
  SearchIndex,
  SearchRequest,
  SearchResult,
  WriteBatch,
} from '../../services/search/ports/search-index.ts'
import { CapstanError } from '../../lib/errors.ts'
import { Bulk } from './bulk.ts'
import { ElasticsearchClient, type ElasticsearchOptions } from './client.ts'
import { entryOfCheckpoint, entryOfDocument, entryOfTombstone, withoutText, type Entry } from './index-document.ts'
import { Indices } from './indices.ts'
import type { SearchAnswer } from './page.ts'
import { Refresher } from './refresher.ts'
import { checkServer } from './server-check.ts'
import { Searcher } from './searcher.ts'
import { Snapshots } from './snapshots.ts'
import type { Query } from './term-query.ts'

export type ElasticsearchSearchIndexOptions = ElasticsearchOptions &
  Readonly<{
    /** What the names of its indexes begin with; one for each platform on the server. */
    prefix?: string
    /** After this a search is given up. */
    timeoutMs?: number
    /** How long a write waits for an overloaded server. */
    patienceMs?: number
  }>

const PREFIX = 'capstan-search'
const TIMEOUT_MS = 5_000
const PATIENCE_MS = 60_000
/** The server makes a segment at each: a burst of writes shares one. */
const REFRESH_INTERVAL_MS = 200
const CHECKPOINTS_AT_ONCE = 10_000

/**
 * The search index on Elasticsearch or OpenSearch, with the same analysis, hits and counts as the embedded one. While it is rebuilt, searches find
 * what was there before. Throws `invalid` at the start with what is wrong with the server; later, while it is away, `unavailable`, and comes back by itself.
 */
export async function openElasticsearchSearchIndex(options: ElasticsearchSearchIndexOptions): Promise<SearchIndex> {
  const client = new ElasticsearchClient(options)
  try {
    const snapshots = new Snapshots(client, await checkServer(client))
    const indices = new Indices(client, options.prefix ?? PREFIX)
    await indices.ensured()
    await indices.removeOutdated(Date.now())
    return new ElasticsearchSearchIndex({ client, indices, snapshots }, options)
  } catch (error) {
    client.close()
    throw error
  }
}

type Means = Readonly<{ client: ElasticsearchClient; indices: Indices; snapshots: Snapshots }>

class ElasticsearchSearchIndex implements SearchIndex {
  readonly #client: ElasticsearchClient
  readonly #indices: Indices
  readonly #searcher: Searcher
  readonly #bulk: Bulk
  readonly #refresher: Refresher

  constructor(
    { client, indices, snapshots }: Means,
    { timeoutMs = TIMEOUT_MS, patienceMs = PATIENCE_MS }: ElasticsearchSearchIndexOptions,
  ) {
    this.#client = client
    this.#indices = indices
    this.#searcher = new Searcher(client, { alias: indices.current, snapshots, timeoutMs })
    this.#bulk = new Bulk(client, { patienceMs, smaller: withoutText })
    this.#refresher = new Refresher(() => indices.refresh(indices.current), REFRESH_INTERVAL_MS)
  }

  async write(batch: WriteBatch): Promise<void> {
    await this.#again(() => this.#write(batch))
  }

  async search(request: SearchRequest): Promise<SearchResult> {
    return this.#searcher.page(request)
  }

  async count(request: CountRequest): Promise<number> {
    return this.#searcher.count(request)
  }

  state(): Promise<IndexState> {
    return this.#again(async () => {
      const { next } = await this.#indices.ensured()
      const alias = next === null ? this.#indices.current : this.#indices.next
      await this.#indices.refresh(alias)
      return { ...(await this.#contents(alias)), needsRebuild: next !== null }
    })
  }

  async startRebuild(): Promise<void> {
    await this.#indices.begin()
  }

  async close(): Promise<void> {
    this.#client.close()
  }

  /** Checkpoints last: they say that what is before them was written. */
  async #write({ documents, tombstones, checkpoints, completesRebuild }: WriteBatch): Promise<void> {
    const { current, next } = await this.#indices.ensured()
    const entries = [...documents.map(entryOfDocument), ...tombstones.map(entryOfTombstone)]
    const aliases = next === null || next === current ? [this.#indices.current] : [this.#indices.current, this.#indices.next]
    for (const alias of aliases) await this.#put(alias, entries)
    for (const alias of aliases) await this.#put(alias, checkpoints.map(entryOfCheckpoint))
    if (completesRebuild && next !== null) {
      await this.#indices.refresh(this.#indices.next)
      await this.#indices.finish()
    }
    if (entries.length + checkpoints.length > 0) await this.#refresher.refresh()
  }

  async #put(alias: string, entries: readonly Entry[]): Promise<void> {
    if (entries.length > 0) await this.#bulk.write(alias, entries)
  }

  /** Once more where an index went meanwhile, by a rebuild of another process or by hand. */
  async #again<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof CapstanError && error.details['missing'] === true)) throw error
      return work()
    }
  }

  async #contents(alias: string): Promise<Pick<IndexState, 'documents' | 'checkpoints'>> {
    const checkpoints: Checkpoint[] = []
    for (;;) {
      const after = checkpoints.at(-1)?.accountId
      const { hits, aggregations } = await this.#searcher.ask(alias, checkpointsBody(after))
      checkpoints.push(...hits.hits.map(({ fields }) => checkpointFrom(fields ?? {})))
      if (hits.hits.length < CHECKPOINTS_AT_ONCE) return { documents: documentsIn(aggregations), checkpoints }
    }
  }
}

const checkpointsBody = (after: number | undefined): Query => ({
  size: CHECKPOINTS_AT_ONCE,
  query: { exists: { field: 'checkpoint.account' } },
  sort: [{ 'checkpoint.account': 'asc' }],
  docvalue_fields: ['checkpoint.account', 'checkpoint.sequence'],
  aggs: { everything: { global: {}, aggs: { documents: { filter: { exists: { field: 'account' } } } } } },
  ...(after === undefined ? {} : { search_after: [after] }),
})

const checkpointFrom = (fields: Readonly<Record<string, readonly unknown[]>>): Checkpoint => ({
  accountId: Number(fields['checkpoint.account']?.[0]),
  sequence: Number(fields['checkpoint.sequence']?.[0]),
})

const documentsIn = (aggregations: SearchAnswer['aggregations']): number =>
  (aggregations?.['everything'] as { documents: { doc_count: number } }).documents.doc_count
