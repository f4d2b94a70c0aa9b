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
import { countBody, countFrom, pageBody, pageFrom, type SearchAnswer } from './page.ts'
import { Refresher } from './refresher.ts'
import { checkServer } from './server-check.ts'
import { isForgotten, KEPT_FOR, Snapshots, snapshotIn, withSnapshot } from './snapshots.ts'
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
/** For the way there and back. */
const GRACE_MS = 1_000
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
  readonly #snapshots: Snapshots
  readonly #bulk: Bulk
  readonly #refresher: Refresher
  readonly #timeoutMs: number

  constructor(
    { client, indices, snapshots }: Means,
    { timeoutMs = TIMEOUT_MS, patienceMs = PATIENCE_MS }: ElasticsearchSearchIndexOptions,
  ) {
    this.#client = client
    this.#indices = indices
    this.#snapshots = snapshots
    this.#bulk = new Bulk(client, { patienceMs, smaller: withoutText })
    this.#refresher = new Refresher(() => indices.refresh(indices.current), REFRESH_INTERVAL_MS)
    this.#timeoutMs = timeoutMs
  }

  async write(batch: WriteBatch): Promise<void> {
    await this.#again(() => this.#write(batch))
  }

  async search(request: SearchRequest): Promise<SearchResult> {
    this.#client.refuseClosed()
    const { position, snapshot } = request.cursor === null ? { position: null, snapshot: null } : snapshotIn(request.cursor)
    const body = pageBody({ ...request, cursor: position })
    if (position === null) return pageFrom(request, await this.#ask(body))
    return snapshot === null ? this.#nextPage(request, body) : this.#pageIn(snapshot, request, body)
  }

  async count(request: CountRequest): Promise<number> {
    return countFrom(request, await this.#ask(countBody(request)))
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

  /** The second page takes a snapshot for itself and those after it. */
  async #nextPage(request: SearchRequest, body: Query): Promise<SearchResult> {
    const snapshot = await this.#snapshots.take(this.#indices.current)
    return snapshot === null ? pageFrom(request, await this.#ask(body)) : this.#pageIn(snapshot, request, body)
  }

  async #pageIn(snapshot: string, request: SearchRequest, body: Query): Promise<SearchResult> {
    try {
      const answer = await this.#ask({ ...body, pit: { id: snapshot, keep_alive: KEPT_FOR } }, null)
      const page = pageFrom(request, answer)
      if (page.nextCursor === null) await this.#snapshots.release(snapshot)
      return { ...page, nextCursor: page.nextCursor && withSnapshot(page.nextCursor, answer.pit_id ?? snapshot) }
    } catch (error) {
      if (!isForgotten(error)) throw error
      return pageFrom(request, await this.#ask(body))
    }
  }

  async #ask(body: Query, alias: string | null = this.#indices.current): Promise<SearchAnswer> {
    return this.#asking(alias, { ...body, track_total_hits: true, _source: false, timeout: `${this.#timeoutMs}ms` })
  }

  /** Without an alias the body says where to look. */
  async #asking(alias: string | null, body: Query): Promise<SearchAnswer> {
    const path = `${alias === null ? '' : `${alias}/`}_search?allow_partial_search_results=false`
    const answer = (await this.#client.askSurely({ method: 'POST', path, body, limitMs: this.#timeoutMs + GRACE_MS })) as SearchAnswer
    if (answer.timed_out) throw new CapstanError('timeout', 'the search took too long; search for fewer or longer words')
    return answer
  }

  async #contents(alias: string): Promise<Pick<IndexState, 'documents' | 'checkpoints'>> {
    const checkpoints: Checkpoint[] = []
    for (;;) {
      const after = checkpoints.at(-1)?.accountId
      const { hits, aggregations } = await this.#asking(alias, checkpointsBody(after))
      checkpoints.push(...hits.hits.map(({ fields }) => checkpointFrom(fields ?? {})))
      if (hits.hits.length < CHECKPOINTS_AT_ONCE) return { documents: documentsIn(aggregations), checkpoints }
    }
  }
}

const checkpointsBody = (after: number | undefined): Query => ({
  size: CHECKPOINTS_AT_ONCE,
  _source: false,
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
