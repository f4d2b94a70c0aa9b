import { BOUNDARY } from '../domain/analyse.ts'
import type { Clause, Phrase } from '../domain/clause.ts'
import { analyseDocument, type AnalysedDocument, type SearchDocument } from '../domain/document.ts'
import {
  isKeywordField,
  isTextField,
  TEXT_FIELDS,
  type FieldName,
  type KeywordFieldName,
  type Sort,
  type TextFieldName,
} from '../domain/fields.ts'
import { foldKeyword } from '../domain/fold.ts'
import { matchesTerm } from '../domain/term-match.ts'
import { FACET_VALUES_MAX, type Facet, type SearchScope } from './search-index.ts'

/** An index that reads every document for every query: slow, short, and what the real ones are compared with. */
export class OracleIndex {
  readonly #documents: { document: SearchDocument; analysed: AnalysedDocument }[]

  constructor(documents: readonly SearchDocument[]) {
    this.#documents = documents.map((document) => ({ document, analysed: analyseDocument(document) }))
  }

  /** Every hit in order. */
  search({ accountId, scope, where, sort }: { accountId: number; scope: SearchScope; where: Clause; sort: Sort }): SearchDocument[] {
    return this.#documents
      .filter(({ document, analysed }) => document.accountId === accountId && inScope(analysed, scope) && fits(where, analysed))
      .map((item) => ({ ...item, key: keyOf(item.analysed, where, sort) }))
      .sort((a, b) => compare(a.key, b.key, sort.descending) || b.document.number - a.document.number)
      .map(({ document }) => document)
  }

  facet(field: KeywordFieldName, hits: readonly SearchDocument[]): Facet {
    const counts = new Map<string, number>()
    const wanted = new Set(hits)
    for (const { document, analysed } of this.#documents) {
      if (wanted.has(document)) for (const value of analysed.keywords[field]) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    const values = [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    return { field, values: values.slice(0, FACET_VALUES_MAX) }
  }

  score(document: SearchDocument, where: Clause): number {
    return scoreOf(where, this.#documents.find((item) => item.document === document)!.analysed)
  }
}

const inScope = (document: AnalysedDocument, scope: SearchScope): boolean =>
  scope === 'all' || document.keywords.workspace.some((id) => scope.workspaceIds.includes(Number(id)))

function fits(clause: Clause, document: AnalysedDocument): boolean {
  switch (clause.kind) {
    case 'all':
      return true
    case 'and':
      return clause.of.every((part) => fits(part, document))
    case 'or':
      return clause.of.some((part) => fits(part, document))
    case 'not':
      return !fits(clause.of, document)
    case 'text':
      return clause.fields.some((field) => holdsAny(document, field, clause.any))
    case 'keyword':
      return document.keywords[clause.field].some((value) => matchesTerm(clause.match, foldKeyword(value)))
    case 'range': {
      const value = document.numbers[clause.field]
      if (value === null) return false
      const above = clause.from === null || (clause.openFrom ? value > clause.from : value >= clause.from)
      return above && (clause.to === null || (clause.openTo ? value < clause.to : value <= clause.to))
    }
    case 'exists':
      return exists(document, clause.field)
  }
}

const holdsAny = (document: AnalysedDocument, field: TextFieldName, any: readonly Phrase[]): boolean =>
  any.some((phrase) => holds(document.tokens[field], phrase))

const holds = (tokens: readonly string[], phrase: Phrase): boolean =>
  tokens.some((_, start) => phrase.every((term, i) => isWord(tokens[start + i]) && matchesTerm(term, tokens[start + i]!)))

const isWord = (token: string | undefined): boolean => token !== undefined && token !== BOUNDARY

function exists(document: AnalysedDocument, field: FieldName): boolean {
  if (isTextField(field)) return document.tokens[field].length > 0
  return isKeywordField(field) ? document.keywords[field].length > 0 : document.numbers[field] !== null
}

function scoreOf(clause: Clause, document: AnalysedDocument): number {
  if (clause.kind === 'all' || clause.kind === 'not') return 0
  if (clause.kind === 'and' || clause.kind === 'or') return clause.of.reduce((sum, part) => sum + scoreOf(part, document), 0)
  if (!fits(clause, document)) return 0
  if (clause.kind !== 'text') return clause.boost
  const weights = clause.fields.filter((field) => holdsAny(document, field, clause.any)).map((field) => TEXT_FIELDS[field].weight)
  return clause.boost * Math.max(...weights)
}

function keyOf(document: AnalysedDocument, where: Clause, { field }: Sort): number | string | null {
  if (field === 'relevance') return scoreOf(where, document)
  if (field === 'name') return document.nameKey
  if (field !== 'kind' && field !== 'owner') return document.numbers[field]
  const value = document.keywords[field][0]
  return value === undefined ? null : foldKeyword(value)
}

function compare(a: number | string | null, b: number | string | null, descending: boolean): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1
  return a < b === descending ? 1 : -1
}
