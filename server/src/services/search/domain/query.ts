import type { PatternPart } from './clause.ts'
import type { FieldName, Sort } from './fields.ts'

/** A query as it was written. `at` is where in the text a part begins, for messages. */
export type Query = { readonly where: QueryNode; readonly sort: Sort | null }

export type QueryNode =
  | { readonly type: 'all' }
  | { readonly type: 'and' | 'or'; readonly nodes: readonly QueryNode[] }
  | { readonly type: 'not'; readonly node: QueryNode }
  | { readonly type: 'boost'; readonly node: QueryNode; readonly by: number }
  | QueryLeaf

/** `field` is null for every text field. */
export type QueryLeaf = { readonly type: 'leaf'; readonly field: FieldName | null; readonly value: QueryValue; readonly at: number }

export type QueryValue =
  | { readonly type: 'word' | 'phrase' | 'prefix'; readonly text: string }
  | { readonly type: 'pattern'; readonly parts: readonly PatternPart[] }
  | { readonly type: 'fuzzy'; readonly text: string; readonly distance: 0 | 1 | 2 | null }
  | { readonly type: 'compare'; readonly operator: '>' | '>=' | '<' | '<='; readonly text: string }
  /** A bound of null is open. */
  | {
      readonly type: 'range'
      readonly from: string | null
      readonly to: string | null
      readonly openFrom: boolean
      readonly openTo: boolean
    }
  | { readonly type: 'any' }

export const QUERY_LENGTH_MAX = 2_000
export const QUERY_CLAUSES_MAX = 100
export const QUERY_DEPTH_MAX = 20
export const BOOST_MAX = 1_000
