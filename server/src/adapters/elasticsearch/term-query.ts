import type { PatternPart, TermMatch } from '../../services/search/domain/clause.ts'
import { STEM } from '../../services/search/domain/analyse.ts'

export type Query = Readonly<Record<string, unknown>>

export const NOTHING: Query = { match_none: {} }
/** Lucene's fuzzy search leaves out words as short as the distance allows; words up to here are spelled out for it. */
const SPELLED_LENGTH_MAX = 4

/** Documents with a term in `field` that fits as `matchesTerm` says. */
export function termQuery(field: string, match: TermMatch): Query {
  switch (match.kind) {
    case 'exact':
      return { term: { [field]: { value: match.token } } }
    case 'prefix':
      return { prefix: { [field]: { value: match.token } } }
    case 'pattern':
    case 'fuzzy': {
      const expression = termExpression(match)
      if (expression !== null) return { regexp: { [field]: { value: expression, flags: 'NONE', max_determinized_states: 20_000 } } }
      if (match.kind === 'pattern' || match.token === '') return NOTHING
      const fuzzy = { value: match.token, fuzziness: match.distance, prefix_length: 1, transpositions: true, rewrite: 'constant_score' }
      return { fuzzy: { [field]: fuzzy } }
    }
  }
}

/** The terms that fit as a regular expression of Lucene; null when nothing fits, or when only a fuzzy search can say it. */
export function termExpression(match: TermMatch): string | null {
  if (match.kind === 'pattern') return patternExpression(match.pattern)
  if (match.kind !== 'fuzzy') return null
  const [first, ...rest] = [...match.token]
  if (first === undefined || rest.length >= SPELLED_LENGTH_MAX) return null
  return `${escaped(first)}(${[...neighbours(rest, match.distance)].join('|')})`
}

/** Words that a fuzzy one may be, and some more: with its first character and about its length. */
export function roughExpression(match: TermMatch): string | null {
  const exact = termExpression(match)
  if (exact !== null || match.kind !== 'fuzzy' || match.token === '') return exact
  const [first = '', ...rest] = [...match.token]
  return `${escaped(first)}.{${rest.length - match.distance},${rest.length + match.distance}}`
}

/** A pattern never finds a stem: it begins with a letter of its own or with a wildcard for anything but the mark of stems. */
function patternExpression(parts: readonly PatternPart[]): string | null {
  const places = parts.findIndex((part) => typeof part === 'object')
  const leading = parts.slice(0, places < 0 ? parts.length : places)
  const rest = parts.slice(leading.length)
  if (typeof rest[0] === 'object' && leading.length === 0 && rest[0].literal.startsWith(STEM)) return null
  return leadingWild(leading) + rest.map((part) => (typeof part === 'object' ? escaped(part.literal) : part === '*' ? '.*' : '.')).join('')
}

function leadingWild(leading: readonly PatternPart[]): string {
  if (leading.length === 0) return ''
  const singles = leading.filter((part) => part === '?').length
  const more = leading.includes('*') ? '.*' : ''
  return singles > 0 ? `[^${STEM}]${'.'.repeat(singles - 1)}${more}` : `([^${STEM}].*)?`
}

/** Every way to change a word by up to so many edits, a point for any character. */
function neighbours(characters: readonly string[], edits: number): ReadonlySet<string> {
  const [first, second, ...others] = characters
  if (edits === 0) return new Set([characters.map(escaped).join('')])
  if (first === undefined) return new Set(['()', '.', '..'].slice(0, edits + 1))
  const rest = characters.slice(1)
  const ways = [
    ...[...neighbours(rest, edits)].map((way) => escaped(first) + way),
    ...[...neighbours(rest, edits - 1)].flatMap((way) => [`.${way}`, way === '' ? '()' : way]),
    ...[...neighbours(characters, edits - 1)].map((way) => `.${way}`),
    ...(second === undefined ? [] : [...neighbours(others, edits - 1)].map((way) => escaped(second) + escaped(first) + way)),
  ]
  return new Set(ways)
}

const escaped = (literal: string): string =>
  literal.replace(/[^\p{L}\p{M}\p{N}]/gu, (character) => (character < '\u0080' ? `\\${character}` : character))
