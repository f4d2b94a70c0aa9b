import type { Clause } from '../domain/clause.ts'
import type { SearchDocument, Tombstone } from '../domain/document.ts'
import type { KeywordFieldName, Sort } from '../domain/fields.ts'

export type WriteBatch = {
  readonly documents: readonly SearchDocument[]
  readonly tombstones: readonly Tombstone[]
  /** How far the events of an account have been applied, once this batch is. */
  readonly checkpoints: readonly Checkpoint[]
  /** True with the last batch of a rebuild: from now on the index is whole. */
  readonly completesRebuild: boolean
}

export type Checkpoint = { readonly accountId: number; readonly sequence: number }

/** Documents of these workspaces only, or all of the account. */
export type SearchScope = 'all' | { readonly workspaceIds: readonly number[] }

export type CountRequest = { readonly accountId: number; readonly scope: SearchScope; readonly where: Clause }

export type SearchRequest = CountRequest & {
  readonly sort: Sort
  /** 1 to 200. */
  readonly limit: number
  /** `nextCursor` of the page before; only for the same sort. A page after the second may show the index as it was at the second. */
  readonly cursor: string | null
  readonly facets: readonly KeywordFieldName[]
}

export type SearchHit = { readonly id: string; readonly number: number; readonly score: number | null }
export type Facet = { readonly field: KeywordFieldName; readonly values: readonly { readonly value: string; readonly count: number }[] }

export type SearchResult = {
  readonly hits: readonly SearchHit[]
  readonly nextCursor: string | null
  /** Exact, however many. */
  readonly total: number
  readonly facets: readonly Facet[]
  /** Inside the index, without the way there. */
  readonly tookMs: number
}

/** Of the index that is being built, as long as one is. */
export type IndexState = {
  readonly documents: number
  readonly checkpoints: readonly Checkpoint[]
  /** The index is new, damaged, of another release, or being rebuilt: start a rebuild and write every document again. */
  readonly needsRebuild: boolean
}

export const SEARCH_LIMIT_MAX = 200
/** Values that a facet lists; the most frequent, then by value. */
export const FACET_VALUES_MAX = 50

/**
 * Everything a person can look for. Holds nothing that cannot be written again. A write is visible to every search that begins after it resolved.
 * Ties in the sort order: larger number first. Documents without a value for the sort field come last. The relevance of a document is the sum, over
 * the clauses that it fits and that are not negated, of boost times the weight of the best field they fit in (1 for keywords and ranges).
 * Throws `invalid` for a cursor of another sort or for a query that would expand to too many words, `timeout`, and `unavailable` when closed or damaged.
 */
export interface SearchIndex {
  /**
   * Repeatable: a document or tombstone replaces what has the same or a smaller revision and is skipped otherwise. Checkpoints only grow, and are
   * kept only when everything else of the batch was: after a rejection the batch is written again.
   */
  write(batch: WriteBatch): Promise<void>
  search(request: SearchRequest): Promise<SearchResult>
  count(request: CountRequest): Promise<number>
  state(): Promise<IndexState>
  /**
   * Begins an empty index without checkpoints, which replaces the one before with the batch that `completesRebuild`; until then it says
   * `needsRebuild`, and searches may answer from either of them.
   */
  startRebuild(): Promise<void>
  close(): Promise<void>
}
