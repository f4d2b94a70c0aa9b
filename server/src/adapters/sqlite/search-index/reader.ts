import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { LruMap } from '../../../lib/lru-map.ts'
import type {
  Checkpoint,
  CountRequest,
  Facet,
  IndexState,
  SearchRequest,
  SearchResult,
} from '../../../services/search/ports/search-index.ts'
import { countBits, listBits, type Bitset } from './bitset.ts'
import { Evaluation } from './evaluate.ts'
import { facetOf } from './facet.ts'
import { pageOf } from './page.ts'
import { Partition } from './partition.ts'
import { relevance } from './relevance.ts'
import { ACCOUNT_PLACES } from './schema.ts'
import type { StoredFacts } from './stored-facts.ts'
import { WordIndex } from './word-index.ts'

type Found = { hits: Bitset; total: number; facets: Map<string, Facet> }

/** Bytes of kept hit lists; typing, paging and facets ask for the same ones again. */
const KEPT_HITS_BYTES = 8 * 2 ** 20

/**
 * One connection that reads, with the columns of every account in memory. Lives in a thread of its own; every method is synchronous and sees
 * one state of the database: what was written since the last call is taken in first.
 */
export class IndexReader {
  readonly #db: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #changeNow: StatementSync
  readonly #words: WordIndex
  readonly #partitions = new Map<number, Partition>()
  readonly #slots = new Map<number, number>()
  readonly #found = new LruMap<string, Found>(KEPT_HITS_BYTES)
  #change = 0
  #scratch: Int32Array = new Int32Array(0)

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { timeout: 5_000 })
    this.#db.exec('pragma temp_store = memory; pragma cache_size = -16000; pragma query_only = on')
    this.#begin = this.#db.prepare('begin')
    this.#commit = this.#db.prepare('commit')
    this.#changeNow = this.#db.prepare("select value from meta where key = 'change'")
    this.#words = new WordIndex(this.#db)
    this.#within(() => undefined)
  }

  search(request: SearchRequest, deadline: number): SearchResult {
    const startedAt = performance.now()
    return this.#within(() => {
      const partition = this.#partitionOf(request.accountId)
      const found = this.#find(partition, request, deadline)
      const facets = this.#facets(partition, found, request.facets)
      const scores = request.sort.field === 'relevance' ? relevance(this.#evaluation(partition, request, deadline), request.where) : null
      const page = pageOf(partition, found.hits, scores, request)
      return { ...page, total: found.total, facets, tookMs: performance.now() - startedAt }
    })
  }

  count(request: CountRequest, deadline: number): number {
    return this.#within(() => this.#find(this.#partitionOf(request.accountId), request, deadline).total)
  }

  state(): IndexState {
    return this.#within(() => ({
      documents: Number(this.#db.prepare('select count(*) as n from document where gone = 0').get()!['n']),
      checkpoints: this.#db.prepare('select account_id as accountId, sequence from checkpoint order by account_id').all() as Checkpoint[],
      needsRebuild: this.#db.prepare("select value from meta where key = 'whole'").get()!['value'] !== 1,
    }))
  }

  close(): void {
    this.#db.close()
  }

  #within<T>(work: () => T): T {
    this.#begin.run()
    try {
      this.#catchUp()
      return work()
    } finally {
      if (this.#db.isTransaction) this.#commit.run()
    }
  }

  #catchUp(): void {
    const change = Number(this.#changeNow.get()!['value'])
    if (change === this.#change) return
    const accounts = this.#db.prepare('select account_id, slot from account').all()
    for (const { account_id, slot } of accounts) this.#slots.set(Number(account_id), Number(slot))
    const changed = this.#db.prepare('select row_id, gone, id, facts from document where change > ?')
    for (const row of changed.iterate(this.#change)) this.#take(row as { row_id: number; gone: number; id: Uint8Array; facts: string })
    this.#change = change
    this.#words.forget()
    this.#found.clear()
  }

  #take({ row_id, gone, id, facts }: { row_id: number; gone: number; id: Uint8Array; facts: string }): void {
    const slot = Math.floor(row_id / ACCOUNT_PLACES)
    const partition = this.#partitions.get(slot) ?? new Partition()
    this.#partitions.set(slot, partition)
    const place = row_id - slot * ACCOUNT_PLACES
    if (gone) partition.remove(place)
    else partition.put(place, id, JSON.parse(facts) as StoredFacts)
  }

  #partitionOf(accountId: number): Partition {
    return this.#partitions.get(this.#slots.get(accountId) ?? 0) ?? new Partition()
  }

  #evaluation(partition: Partition, { accountId }: CountRequest, deadline: number): Evaluation {
    return new Evaluation(partition, this.#words.of(this.#slots.get(accountId) ?? 0, partition.size), deadline)
  }

  #find(partition: Partition, request: CountRequest, deadline: number): Found {
    const key = JSON.stringify([request.accountId, request.scope, request.where])
    const kept = this.#found.get(key)
    if (kept) return kept
    const hits = this.#evaluation(partition, request, deadline).hits(request.where, request.scope)
    const found = { hits, total: countBits(hits), facets: new Map<string, Facet>() }
    this.#found.set(key, found, hits.byteLength + 2 * key.length)
    return found
  }

  #facets(partition: Partition, found: Found, fields: SearchRequest['facets']): Facet[] {
    const missing = fields.filter((field) => !found.facets.has(field))
    if (missing.length > 0) {
      if (this.#scratch.length < found.total) this.#scratch = new Int32Array(Math.ceil(found.total * 1.25))
      const length = listBits(found.hits, this.#scratch)
      for (const field of missing) found.facets.set(field, facetOf(field, partition.keywords[field], this.#scratch, length))
    }
    return fields.map((field) => found.facets.get(field)!)
  }
}
