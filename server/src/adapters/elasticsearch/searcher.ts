import { CapstanError } from '../../lib/errors.ts'
import type { CountRequest, SearchRequest, SearchResult } from '../../services/search/ports/search-index.ts'
import type { ElasticsearchClient } from './client.ts'
import { failureOf } from './faults.ts'
import { countFrom, hitsBody, pageFrom, totalsBody, type SearchAnswer } from './page.ts'
import { isForgotten, KEPT_FOR, snapshotIn, withSnapshot, type Snapshots } from './snapshots.ts'
import type { Query } from './term-query.ts'

/** For the way there and back. */
const GRACE_MS = 1_000
/** A shard that cannot answer makes the answer a failure, never a smaller one. */
const WHOLE_ONLY = { allow_partial_search_results: false }

export type SearcherOptions = Readonly<{ alias: string; snapshots: Snapshots; timeoutMs: number }>

/** Asks the index behind an alias. */
export class Searcher {
  readonly #client: ElasticsearchClient
  readonly #options: SearcherOptions

  constructor(client: ElasticsearchClient, options: SearcherOptions) {
    this.#client = client
    this.#options = options
  }

  async page(request: SearchRequest): Promise<SearchResult> {
    if (request.cursor === null) return this.#livePage(request)
    const { position, snapshot } = snapshotIn(request.cursor)
    const at = { ...request, cursor: position }
    // The second page takes a snapshot for itself and those after it.
    const taken = snapshot ?? (await this.#takeFor(at))
    return taken === null ? this.#livePage(at) : this.#pageIn(taken, at)
  }

  async count(request: CountRequest): Promise<number> {
    return countFrom(request, await this.ask(this.#options.alias, totalsBody(request)))
  }

  /** Without an alias the body says where to look. */
  async ask(alias: string | null, body: Query): Promise<SearchAnswer> {
    const path = `${alias === null ? '' : `${alias}/`}_search?allow_partial_search_results=false`
    return inTime(await this.#client.askSurely({ method: 'POST', path, body: this.#limited(body), limitMs: this.#limitMs }))
  }

  /** Hits and totals apart: the server remembers totals until something is written, and finds hits without counting all of them. */
  async #livePage(request: SearchRequest): Promise<SearchResult> {
    const header = JSON.stringify({ index: this.#options.alias, ...WHOLE_ONLY })
    const bodies = [hitsBody(request), totalsBody(request)].map((body) => `${header}\n${JSON.stringify(this.#limited(body))}\n`)
    const answer = await this.#client.askSurely({ method: 'POST', path: '_msearch', lines: bodies.join(''), limitMs: this.#limitMs })
    const [hits, totals] = (answer as { responses: readonly { status: number }[] }).responses.map(({ status, ...json }) => {
      if (status >= 300) throw failureOf({ status, json })
      return inTime(json)
    })
    return pageFrom(request, hits!, totals!)
  }

  /** Refuses a bad cursor before anything is taken. */
  #takeFor(request: SearchRequest): Promise<string | null> {
    hitsBody(request)
    return this.#options.snapshots.take(this.#options.alias)
  }

  async #pageIn(snapshot: string, request: SearchRequest): Promise<SearchResult> {
    const body = { ...totalsBody(request), ...hitsBody(request), track_total_hits: true, pit: { id: snapshot, keep_alive: KEPT_FOR } }
    try {
      const answer = await this.ask(null, body)
      const page = pageFrom(request, answer, answer)
      if (page.nextCursor === null) await this.#options.snapshots.release(snapshot)
      return { ...page, nextCursor: page.nextCursor && withSnapshot(page.nextCursor, answer.pit_id ?? snapshot) }
    } catch (error) {
      if (!isForgotten(error)) throw error
      return this.#livePage(request)
    }
  }

  get #limitMs(): number {
    return this.#options.timeoutMs + GRACE_MS
  }

  #limited(body: Query): Query {
    return { ...body, _source: false, timeout: `${this.#options.timeoutMs}ms` }
  }
}

function inTime(answer: unknown): SearchAnswer {
  const found = answer as SearchAnswer
  if (found.timed_out) throw new CapstanError('timeout', 'the search took too long; search for fewer or longer words')
  return found
}
