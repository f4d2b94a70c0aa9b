import type { Clock } from '../../../lib/clock.ts'
import { CapstanError } from '../../../lib/errors.ts'
import { authorise, type Principal } from '../../identity/api.ts'
import { bindQuery } from '../domain/bind-query.ts'
import type { Clause } from '../domain/clause.ts'
import {
  FIELDS,
  findField,
  findSortField,
  isKeywordField,
  KEYWORD_FIELD_NAMES,
  SORT_FIELDS,
  type KeywordFieldName,
  type Sort,
} from '../domain/fields.ts'
import { parseQuery } from '../domain/parse-query.ts'
import { SEARCH_LIMIT_MAX, type SearchHit, type SearchIndex, type SearchScope } from '../ports/search-index.ts'

export type SearchAssetsDeps = {
  readonly index: SearchIndex
  readonly clock: Clock
  /** Which documents this person may see. */
  readonly scopeOf: (by: Principal) => SearchScope
}

export type SearchAssets = {
  readonly q?: string | undefined
  /** A second query that must fit too. */
  readonly filter?: string | undefined
  /** `field` or `-field`; a SORT BY in `q` goes first. */
  readonly sort?: string | undefined
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
  /** Comma-separated fields to count. */
  readonly facets?: string | undefined
  /** True while somebody types: what is not finished is no error, and the last word may go on. */
  readonly typing?: boolean | undefined
}

export type FoundAssets = {
  readonly hits: readonly SearchHit[]
  readonly nextCursor: string | null
  readonly total: number
  readonly facets: { field: string; label: string; values: { value: string; count: number }[] }[]
  readonly tookMs: number
}

/** Finds assets by the query language. Throws `invalid` for what cannot be read, `forbidden`, `timeout`, `unavailable`. */
export const searchAssets =
  ({ index, clock, scopeOf }: SearchAssetsDeps) =>
  async (by: Principal, input: SearchAssets): Promise<FoundAssets> => {
    authorise(by, 'see')
    const result = await index.search({
      accountId: by.accountId,
      scope: scopeOf(by),
      ...boundOf(input, clock.now()),
      limit: limitOf(input.limit),
      cursor: input.cursor ?? null,
      facets: facetsOf(input.facets),
    })
    const facets = result.facets.map(({ field, values }) => ({ field, label: FIELDS[field].label, values: [...values] }))
    return { ...result, facets }
  }

const LIMIT_DEFAULT = 50

function boundOf({ q, filter, sort, typing = false }: SearchAssets, nowMs: number): { where: Clause; sort: Sort } {
  const query = parseQuery(q ?? '', { lenient: typing })
  if (filter === undefined || filter.trim() === '') return bindQuery(query, { nowMs, lenient: typing, sort: sortOf(sort) })
  const where = { type: 'and' as const, nodes: [query.where, parseQuery(filter).where] }
  return bindQuery({ where, sort: query.sort }, { nowMs, lenient: typing, sort: sortOf(sort) })
}

function sortOf(sort: string | undefined): Sort | null {
  if (sort === undefined || sort === '') return null
  const descending = sort.startsWith('-')
  const field = findSortField(descending ? sort.slice(1) : sort)
  if (field) return { field, descending }
  throw new CapstanError(
    'invalid',
    `there is no sort order "${sort}"; use one of ${SORT_FIELDS.join(', ')}, with - before it for descending`,
  )
}

function limitOf(limit = LIMIT_DEFAULT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= SEARCH_LIMIT_MAX) return limit
  throw new CapstanError('invalid', `limit is 1 to ${SEARCH_LIMIT_MAX}`)
}

function facetsOf(list: string | undefined): KeywordFieldName[] {
  const words = (list ?? '').split(',').flatMap((word) => word.trim() || [])
  return [...new Set(words.map(facetOf))]
}

function facetOf(word: string): KeywordFieldName {
  const field = findField(word)
  if (field && isKeywordField(field)) return field
  throw new CapstanError('invalid', `"${word}" cannot be counted; facets are ${KEYWORD_FIELD_NAMES.join(', ')}`)
}
