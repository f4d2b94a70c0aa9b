import { EXPANSIONS_MAX, type TermMatch } from '../../services/search/domain/clause.ts'
import { readCursor, writeCursor, type CursorPosition } from '../../services/search/domain/cursor.ts'
import type { Sort, SortField } from '../../services/search/domain/fields.ts'
import { termTest } from '../../services/search/domain/term-match.ts'
import {
  FACET_VALUES_MAX,
  type CountRequest,
  type Facet,
  type SearchRequest,
  type SearchResult,
} from '../../services/search/ports/search-index.ts'
import { CapstanError } from '../../lib/errors.ts'
import { expandedTerms, hitsQuery, scoredQuery } from './clause-query.ts'
import { fromKey, toKey } from './key-order.ts'
import { roughExpression, termQuery, type Query } from './term-query.ts'

type Bucket = Readonly<{ key: string; doc_count: number }>
type Terms = Readonly<{ buckets: readonly Bucket[]; sum_other_doc_count: number }>
type SortValue = number | string | null
type Hit = Readonly<{ sort?: readonly SortValue[]; fields?: Readonly<Record<string, readonly unknown[]>> }>

/** What of a server's answer to a search is read. */
export type SearchAnswer = Readonly<{
  took: number
  timed_out: boolean
  pit_id?: string
  hits: { total?: { value: number }; hits: readonly Hit[] }
  aggregations?: Readonly<Record<string, unknown>>
}>

/** Sort values for what has none, so that it comes last: JSON knows no infinity. */
const LAST = Number.MAX_VALUE
/** Words that may fit, looked at one by one; the most frequent of them where there are more. */
const ROUGH_MAX = 10 * EXPANSIONS_MAX

/** Asks for the hits of one page, and one more to know whether there is another. */
export function hitsBody(request: SearchRequest): Query {
  const { sort, limit, cursor } = request
  return {
    size: limit + 1,
    track_total_hits: false,
    query: sort.field === 'relevance' ? scoredQuery(request) : hitsQuery(request),
    sort: sortOf(sort),
    docvalue_fields: ['id'],
    ...(cursor === null ? {} : { search_after: valuesAfter(sort, readCursor(sort, cursor)) }),
  }
}

/** Asks for what is said of all hits. */
export function totalsBody(request: CountRequest & { readonly facets?: SearchRequest['facets'] }): Query {
  const facets = Object.fromEntries((request.facets ?? []).map((field) => [`facet_${field}`, facetAgg(field)]))
  return { size: 0, track_total_hits: true, query: hitsQuery(request), aggs: { ...vocabularyAggs(request), ...facets } }
}

/** Throws `invalid` for a query that would expand to too many words. */
export function pageFrom({ sort, limit, facets, where }: SearchRequest, answer: SearchAnswer, totals: SearchAnswer): SearchResult {
  refuseManyWords(where, totals)
  const hits = answer.hits.hits.slice(0, limit).map(({ sort: values = [], fields }) => ({
    id: String(fields?.['id']?.[0]),
    position: { key: keyFrom(sort.field, values[0] ?? null), number: Number(values[1]) },
  }))
  const last = answer.hits.hits.length > limit ? hits.at(-1) : undefined
  return {
    hits: hits.map(({ id, position: { key, number } }) => ({ id, number, score: sort.field === 'relevance' ? Number(key) : null })),
    nextCursor: last ? writeCursor(sort, last.position) : null,
    total: totalOf(totals),
    facets: facets.map((field): Facet => ({ field, values: valuesOf(totals.aggregations?.[`facet_${field}`] as Terms) })),
    tookMs: Math.max(answer.took, totals.took),
  }
}

export function countFrom({ where }: CountRequest, answer: SearchAnswer): number {
  refuseManyWords(where, answer)
  return totalOf(answer)
}

const totalOf = ({ hits }: SearchAnswer): number => hits.total?.value ?? 0

const isNumeric = (field: SortField): boolean => !['relevance', 'name', 'kind', 'owner'].includes(field)

function sortOf({ field, descending }: Sort): readonly Query[] {
  const order = descending ? 'desc' : 'asc'
  const byNumber: Query = { 'number.number': { order: 'desc' } }
  if (field === 'relevance') return [{ _score: { order } }, byNumber]
  if (isNumeric(field)) return [{ [`number.${field}`]: { order, missing: descending ? -LAST : LAST } }, byNumber]
  return [{ [`key.${field}`]: { order, missing: '_last' } }, byNumber]
}

function valuesAfter({ field, descending }: Sort, { key, number }: CursorPosition): readonly SortValue[] {
  if (typeof key === 'string') return [toKey(key), number]
  return [key === null && isNumeric(field) ? (descending ? -LAST : LAST) : key, number]
}

function keyFrom(field: SortField, value: SortValue): SortValue {
  if (typeof value === 'string') return fromKey(value)
  return isNumeric(field) && value !== null && Math.abs(value) === LAST ? null : value
}

/** Values are kept so that the server's order is ours, and one shard counts: exact, also where many have the same count. */
const facetAgg = (field: string): Query => ({
  terms: { field: `shown.${field}`, size: FACET_VALUES_MAX, order: [{ _count: 'desc' }, { _key: 'asc' }] },
})

const valuesOf = ({ buckets }: Terms): Facet['values'] => buckets.map(({ key, doc_count }) => ({ value: fromKey(key), count: doc_count }))

/** For every word with wildcards or slips: which words of the account it means, wherever the rest of the query looks. */
function vocabularyAggs({ accountId, where }: CountRequest): Query {
  const asked = expandedTerms(where).map((term, i) => {
    const include = roughExpression(term)
    const filter = { bool: { filter: [{ term: { account: String(accountId) } }, termQuery('words', term)] } }
    const words = { terms: { field: 'words', size: ROUGH_MAX, ...(include === null ? {} : { include }) } }
    return [`words_${i}`, { global: {}, aggs: { mine: { filter, aggs: { words } } } }]
  })
  return Object.fromEntries(asked) as Query
}

function refuseManyWords(where: SearchRequest['where'], { aggregations = {} }: SearchAnswer): void {
  for (const [i, term] of expandedTerms(where).entries())
    if (meaning(term, aggregations[`words_${i}`]) > EXPANSIONS_MAX) throw tooManyWords()
}

function meaning(term: TermMatch, found: unknown): number {
  const { buckets } = (found as { mine: { words: Terms } }).mine.words
  const fits = termTest(term)
  return buckets.filter(({ key }) => fits(key)).length
}

const tooManyWords = (): CapstanError =>
  new CapstanError('invalid', `more than ${EXPANSIONS_MAX} words fit; write more letters of the word`)
