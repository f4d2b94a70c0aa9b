import type { Clause, Phrase, TermMatch } from '../../services/search/domain/clause.ts'
import {
  isKeywordField,
  isTextField,
  TEXT_FIELD_NAMES,
  TEXT_FIELDS,
  type FieldName,
  type TextFieldName,
} from '../../services/search/domain/fields.ts'
import type { CountRequest } from '../../services/search/ports/search-index.ts'
import { NOTHING, termQuery, type Query } from './term-query.ts'

type TextClause = Extract<Clause, { kind: 'text' }>
type RangeClause = Extract<Clause, { kind: 'range' }>

/** The documents of the account and scope that fit, and nothing else: whom a person may see is part of the query. */
export function hitsQuery({ accountId, scope, where }: CountRequest): Query {
  const mine: Query = { term: { account: String(accountId) } }
  const inScope: Query[] = scope === 'all' ? [] : [{ terms: { 'folded.workspace': scope.workspaceIds.map(String) } }]
  return { bool: { filter: [mine, ...inScope, clauseQuery(where)] } }
}

/** The same with the relevance of each as its score, as the port defines it: what fits counts, wherever in the query it stands. */
export const scoredQuery = (request: CountRequest): Query => ({
  bool: { filter: [hitsQuery(request)], should: pointsOf(request.where), minimum_should_match: 0 },
})

/** The words with wildcards and slips that the query would compare with the vocabulary. */
export function expandedTerms(clause: Clause): readonly TermMatch[] {
  if (clause.kind === 'and' || clause.kind === 'or') return clause.of.flatMap(expandedTerms)
  if (clause.kind === 'not') return expandedTerms(clause.of)
  if (clause.kind !== 'text') return []
  return clause.any.flat().filter(({ kind }) => kind === 'pattern' || kind === 'fuzzy')
}

function clauseQuery(clause: Clause): Query {
  switch (clause.kind) {
    case 'all':
      return { match_all: {} }
    case 'and':
      return andQuery(clause.of)
    case 'or':
      return { bool: { should: clause.of.map(clauseQuery), minimum_should_match: 1 } }
    case 'not':
      return { bool: { must_not: [clauseQuery(clause.of)] } }
    case 'text':
      return anyOf(fieldsOf(clause).map((field) => phrasesQuery(field, clause.any)))
    case 'keyword':
      return termQuery(`folded.${clause.field}`, clause.match)
    case 'range':
      return rangeQuery(clause)
    case 'exists':
      return { exists: { field: pathOf(clause.field) } }
  }
}

/** One level for what is negated too: servers take only so many levels. */
function andQuery(of: readonly Clause[]): Query {
  const negated = of.flatMap((part) => (part.kind === 'not' ? [clauseQuery(part.of)] : []))
  const asked = of.filter((part) => part.kind !== 'not').map(clauseQuery)
  return { bool: { filter: asked, must_not: negated } }
}

/** Words of any field lie together as well: one comparison instead of six. */
const fieldsOf = ({ fields }: TextClause): readonly string[] =>
  fields.length === TEXT_FIELD_NAMES.length ? ['all'] : fields.map((field) => pathOf(field))

function phrasesQuery(path: string, any: readonly Phrase[]): Query {
  const words = any.flatMap(([only, ...more]) => (only?.kind === 'exact' && more.length === 0 ? [only.token] : []))
  const others = any.filter(([only, ...more]) => only?.kind !== 'exact' || more.length > 0)
  const known: Query[] = words.length > 0 ? [{ terms: { [path]: words } }] : []
  return anyOf([...known, ...others.map((phrase) => phraseQuery(path, phrase))])
}

function phraseQuery(path: string, phrase: Phrase): Query {
  const [only, ...more] = phrase
  if (only !== undefined && more.length === 0) return termQuery(path, only)
  const spans = phrase.map((term): Query =>
    term.kind === 'prefix' ? { span_multi: { match: termQuery(path, term) } } : spanOf(path, term),
  )
  return { span_near: { clauses: spans, slop: 0, in_order: true } }
}

const spanOf = (path: string, term: TermMatch): Query => ({ span_term: { [path]: term.kind === 'exact' ? term.token : '' } })

function rangeQuery({ field, from, to, openFrom, openTo }: RangeClause): Query {
  const path = pathOf(field)
  if (from === null && to === null) return { exists: { field: path } }
  const above = from === null ? {} : { [openFrom ? 'gt' : 'gte']: from }
  return { range: { [path]: { ...above, ...(to === null ? {} : { [openTo ? 'lt' : 'lte']: to }) } } }
}

function pathOf(field: FieldName): string {
  if (isTextField(field)) return `text.${field}`
  return isKeywordField(field) ? `folded.${field}` : `number.${field}`
}

/** What every clause that is not negated adds to the score of what fits it. */
function pointsOf(clause: Clause): readonly Query[] {
  switch (clause.kind) {
    case 'all':
    case 'not':
      return []
    case 'and':
    case 'or':
      return clause.of.flatMap(pointsOf)
    case 'text':
      return [{ dis_max: { queries: clause.fields.map((field) => textPoints(clause, field)) } }]
    default:
      return [worth(clauseQuery(clause), clause.boost)]
  }
}

const textPoints = ({ any, boost }: TextClause, field: TextFieldName): Query =>
  worth(phrasesQuery(pathOf(field), any), boost * TEXT_FIELDS[field].weight)

const worth = (filter: Query, boost: number): Query => ({ constant_score: { filter, boost } })

function anyOf(queries: readonly Query[]): Query {
  const [only, ...more] = queries
  if (only === undefined) return NOTHING
  return more.length === 0 ? only : { bool: { should: queries, minimum_should_match: 1 } }
}
