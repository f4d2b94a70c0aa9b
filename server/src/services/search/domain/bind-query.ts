import { CapstanError } from '../../../lib/errors.ts'
import { isSingleUnspaced, isStemmed, phraseTokens, STEM, stem, wholeToken } from './analyse.ts'
import type { Clause, PatternPart, Phrase, TermMatch } from './clause.ts'
import {
  FIELDS,
  isKeywordField,
  isTextField,
  NEWEST_FIRST,
  TEXT_FIELD_NAMES,
  type DateField,
  type FieldName,
  type KeywordFieldName,
  type NumberField,
  type NumberFieldName,
  type Sort,
  type TextFieldName,
} from './fields.ts'
import { fold, foldKeyword } from './fold.ts'
import { readDate, readNumber, type Interval } from './literals.ts'
import type { Query, QueryLeaf, QueryNode, QueryValue } from './query.ts'

export type BoundQuery = { readonly where: Clause; readonly sort: Sort }
export type BindOptions = { readonly nowMs: number; readonly lenient?: boolean; readonly sort?: Sort | null }

/**
 * A query ready for an index: words analysed, dates counted from `nowMs`, deleted documents left out unless the query says `is:deleted`.
 * Words without a letter, digit or pictograph are ignored. Throws `invalid` for a value that the field cannot have.
 */
export function bindQuery(query: Query, { nowMs, lenient = false, sort = null }: BindOptions): BoundQuery {
  const where = bindNode(query.where, { nowMs, lenient, boost: 1 }) ?? { kind: 'all' }
  return { where: mentionsDeleted(where) ? where : withoutDeleted(where), sort: query.sort ?? sort ?? NEWEST_FIRST }
}

type Context = { nowMs: number; lenient: boolean; boost: number }

function bindNode(node: QueryNode, context: Context): Clause | null {
  switch (node.type) {
    case 'all':
      return { kind: 'all' }
    case 'and':
    case 'or': {
      const of = node.nodes.map((child) => bindNode(child, context)).filter((child) => child !== null)
      return of.length > 1 ? { kind: node.type, of } : (of[0] ?? null)
    }
    case 'not': {
      const of = bindNode(node.node, context)
      return of && { kind: 'not', of }
    }
    case 'boost':
      return bindNode(node.node, { ...context, boost: context.boost * node.by })
    case 'leaf':
      return bindLeaf(node, context)
  }
}

const DELETED: Clause = { kind: 'keyword', field: 'is', match: { kind: 'exact', token: 'deleted' }, boost: 1 }

const withoutDeleted = (where: Clause): Clause => {
  const not: Clause = { kind: 'not', of: DELETED }
  return where.kind === 'all' ? not : { kind: 'and', of: [where, not] }
}

function mentionsDeleted(clause: Clause): boolean {
  if (clause.kind === 'and' || clause.kind === 'or') return clause.of.some(mentionsDeleted)
  if (clause.kind === 'not') return mentionsDeleted(clause.of)
  return clause.kind === 'keyword' && clause.field === 'is' && clause.match.kind === 'exact' && clause.match.token === 'deleted'
}

function bindLeaf(leaf: QueryLeaf, context: Context): Clause | null {
  const { field, value } = leaf
  if (field === null) return bindAnyField(value, context)
  if (value.type === 'any') return { kind: 'exists', field, boost: context.boost }
  if (isTextField(field)) return textClause([field], value, context)
  if (isKeywordField(field)) return keywordClause(field, value, context.boost)
  return numberClause(field, leaf, context)
}

function bindAnyField(value: QueryValue, context: Context): Clause | null {
  const { boost } = context
  const number = value.type === 'word' ? /^#(\d{1,15})$/.exec(value.text)?.[1] : undefined
  if (number !== undefined)
    return { kind: 'range', field: 'number', from: Number(number), to: Number(number), openFrom: false, openTo: false, boost }
  return textClause(TEXT_FIELD_NAMES, value, context)
}

function textClause(fields: readonly TextFieldName[], value: QueryValue, { boost, lenient }: Context): Clause | null {
  // While somebody types, "cities" shall find what "cities" finds when it is finished, and what it may become.
  const finished = lenient && value.type === 'prefix' ? wordPhrases(value.text) : []
  const any = [...phrasesOf(value), ...finished].filter((phrase) => phrase.length > 0)
  return any.length === 0 ? null : { kind: 'text', fields, any, boost }
}

/** What a text must hold, one of them, for the value to be found in it. */
function phrasesOf(value: QueryValue): readonly Phrase[] {
  switch (value.type) {
    case 'word':
      return wordPhrases(value.text)
    case 'phrase':
      return [exactPhrase(value.text)]
    case 'prefix':
      return [lastAsPrefix(exactPhrase(value.text), value.text)]
    case 'pattern':
      return patternPhrases(value.parts)
    case 'fuzzy':
      return fuzzyPhrases(value.text, value.distance)
    default:
      return []
  }
}

function wordPhrases(text: string): readonly Phrase[] {
  const phrase = exactPhrase(text)
  const only = phrase[0]
  if (phrase.length !== 1 || only?.kind !== 'exact' || !isStemmed(only.token)) return [phrase]
  const base = stem(only.token)
  return [[{ kind: 'exact', token: base }], [{ kind: 'exact', token: STEM + base }]]
}

function exactPhrase(text: string): Phrase {
  const tokens = phraseTokens(text)
  return tokens.map((token, i) => ({ kind: i === tokens.length - 1 && isSingleUnspaced(token) ? 'prefix' : 'exact', token }))
}

/** A prefix that ends in a connector, as in `clip_*`, needs one more token, whatever it is: the words before it will do. */
function lastAsPrefix(phrase: Phrase, text: string): Phrase {
  const last = phrase.at(-1)
  if (last?.kind !== 'exact' || /[._\-'&+@#]$/u.test(text)) return phrase
  return [...phrase.slice(0, -1), { kind: 'prefix', token: last.token }]
}

function patternPhrases(parts: readonly PatternPart[]): readonly Phrase[] {
  const pattern = parts.map((part) => (typeof part === 'object' ? { literal: wholeToken(part.literal) } : part))
  return pattern.some((part) => typeof part === 'object' && part.literal !== '')
    ? [[{ kind: 'pattern', pattern: withoutEmpty(pattern) }]]
    : []
}

const withoutEmpty = (parts: readonly PatternPart[]): readonly PatternPart[] =>
  parts.filter((part) => typeof part !== 'object' || part.literal !== '')

function fuzzyPhrases(text: string, distance: 0 | 1 | 2 | null): readonly Phrase[] {
  const token = wholeToken(text)
  return token === '' ? [] : [[{ kind: 'fuzzy', token, distance: distance ?? distanceFor(token) }]]
}

/** One slip in a word of three to five characters, two in a longer one. */
const distanceFor = (token: string): 0 | 1 | 2 => (token.length < 3 ? 0 : token.length < 6 ? 1 : 2)

function keywordClause(field: KeywordFieldName, value: QueryValue, boost: number): Clause | null {
  const match = keywordMatch(value)
  return match && { kind: 'keyword', field, match, boost }
}

function keywordMatch(value: QueryValue): TermMatch | null {
  switch (value.type) {
    case 'word':
    case 'phrase':
      return { kind: 'exact', token: foldKeyword(value.text) }
    case 'prefix':
      return { kind: 'prefix', token: foldKeyword(value.text) }
    case 'pattern':
      return { kind: 'pattern', pattern: value.parts.map((part) => (typeof part === 'object' ? { literal: fold(part.literal) } : part)) }
    case 'fuzzy': {
      const token = foldKeyword(value.text)
      return { kind: 'fuzzy', token, distance: value.distance ?? distanceFor(token) }
    }
    default:
      return null
  }
}

function numberClause(field: NumberFieldName, leaf: QueryLeaf, { nowMs, lenient, boost }: Context): Clause | null {
  const { value } = leaf
  const definition = FIELDS[field] as NumberField | DateField
  const read = (text: string): Interval => {
    const found = definition.kind === 'date' ? readDate(definition, text, nowMs) : pointOf(readNumber(definition, text))
    if (found) return found
    throw badValue(definition, text, leaf)
  }
  try {
    const range = rangeOf(value, read, definition.kind === 'date' ? 0 : definition.tolerance)
    if (range) return { kind: 'range', field, boost, ...range }
    throw badValue(definition, value.type, leaf)
  } catch (error) {
    if (lenient && error instanceof CapstanError) return null
    throw error
  }
}

const pointOf = (value: number | null): Interval | null => (value === null ? null : { from: value, to: value })

type Bounds = { from: number | null; to: number | null; openFrom: boolean; openTo: boolean }

function rangeOf(value: QueryValue, read: (text: string) => Interval, tolerance: number): Bounds | null {
  if (value.type === 'word' || value.type === 'phrase') {
    const { from, to } = read(value.text)
    return { from: from - tolerance, to: to + tolerance, openFrom: false, openTo: false }
  }
  if (value.type === 'compare') return comparison(value.operator, read(value.text))
  if (value.type !== 'range') return null
  const from = value.from === null ? null : read(value.from)
  const to = value.to === null ? null : read(value.to)
  return {
    from: from && (value.openFrom ? from.to : from.from),
    to: to && (value.openTo ? to.from : to.to),
    openFrom: value.openFrom,
    openTo: value.openTo,
  }
}

/** After a day means after its end, before a day before its begin. */
function comparison(operator: '>' | '>=' | '<' | '<=', { from, to }: Interval): Bounds {
  if (operator === '>') return { from: to, to: null, openFrom: true, openTo: false }
  if (operator === '>=') return { from, to: null, openFrom: false, openTo: false }
  if (operator === '<') return { from: null, to: from, openFrom: false, openTo: true }
  return { from: null, to, openFrom: false, openTo: false }
}

const badValue = (field: NumberField | DateField, text: string, leaf: QueryLeaf & { field: FieldName | null }): CapstanError => {
  const example = field.kind === 'date' ? 'a date such as 2026-11-22, 2026-11 or now-7d' : `a number${field.help ? ` (${field.help})` : ''}`
  return new CapstanError('invalid', `${field.label} takes ${example}, not "${text}" (position ${leaf.at + 1})`, {
    details: { position: leaf.at },
  })
}
