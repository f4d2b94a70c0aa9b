import type { KeywordFieldName, NumberFieldName, TextFieldName } from './fields.ts'

/*
 * A query as indexes answer it: fields are known, words are analysed, times are numbers. Every index gives the same documents for it.
 */

/** How a token (or a folded keyword) is compared. A fuzzy one must share the first character. */
export type TermMatch =
  | { readonly kind: 'exact'; readonly token: string }
  | { readonly kind: 'prefix'; readonly token: string }
  | { readonly kind: 'pattern'; readonly pattern: readonly PatternPart[] }
  | { readonly kind: 'fuzzy'; readonly token: string; readonly distance: 0 | 1 | 2 }

export type PatternPart = { readonly literal: string } | '*' | '?'

/** Tokens that follow each other directly; patterns and fuzzy words stand alone. */
export type Phrase = readonly TermMatch[]

export type Clause =
  | { readonly kind: 'all' }
  | { readonly kind: 'and'; readonly of: readonly Clause[] }
  | { readonly kind: 'or'; readonly of: readonly Clause[] }
  | { readonly kind: 'not'; readonly of: Clause }
  /** Any of the phrases, within any one of the fields. */
  | { readonly kind: 'text'; readonly fields: readonly TextFieldName[]; readonly any: readonly Phrase[]; readonly boost: number }
  | { readonly kind: 'keyword'; readonly field: KeywordFieldName; readonly match: TermMatch; readonly boost: number }
  /** Bounds are inclusive unless said otherwise; null is unbounded. A document without a value is not in any range. */
  | {
      readonly kind: 'range'
      readonly field: NumberFieldName
      readonly from: number | null
      readonly to: number | null
      readonly openFrom: boolean
      readonly openTo: boolean
      readonly boost: number
    }
  | { readonly kind: 'exists'; readonly field: TextFieldName | KeywordFieldName | NumberFieldName; readonly boost: number }

/** A query that would compare with more words of the vocabulary than this is refused. */
export const EXPANSIONS_MAX = 1_000
