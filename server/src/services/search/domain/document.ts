import { analyse, analyseValues } from './analyse.ts'
import { fold, sortKey } from './fold.ts'
import {
  KEYWORD_FIELD_NAMES,
  NUMBER_FIELD_NAMES,
  TEXT_FIELD_NAMES,
  type KeywordFieldName,
  type NumberFieldName,
  type TextFieldName,
} from './fields.ts'

/** What is known of an asset for finding it. A field that is left out is empty. Times are milliseconds since 1970. */
export type SearchDocument = {
  readonly accountId: number
  /** The number people see; unique in the account. */
  readonly number: number
  readonly id: string
  readonly revision: number
  readonly text: Readonly<Partial<Record<TextFieldName, string | readonly string[]>>>
  readonly keywords: Readonly<Partial<Record<KeywordFieldName, readonly string[]>>>
  readonly numbers: Readonly<Partial<Record<NumberFieldName, number>>>
}

/** What is left of a document that is gone, so that no late older revision brings it back. */
export type Tombstone = { readonly accountId: number; readonly number: number; readonly id: string; readonly revision: number }

/** Characters of a document's text that are indexed. */
export const TEXT_LENGTH_MAX = 200_000
export const KEYWORD_LENGTH_MAX = 500

/** A document as indexes store it: tokens by text field, distinct keywords, numbers, and the key that names sort by. */
export type AnalysedDocument = {
  readonly tokens: Readonly<Record<TextFieldName, readonly string[]>>
  readonly keywords: Readonly<Record<KeywordFieldName, readonly string[]>>
  readonly numbers: Readonly<Record<NumberFieldName, number | null>>
  readonly nameKey: string
}

export function analyseDocument(document: SearchDocument): AnalysedDocument {
  const { text, keywords, numbers } = document
  const name = [text.name ?? ''].flat().join(' ')
  return {
    tokens: mapNames(TEXT_FIELD_NAMES, (field) => tokensOf(text[field])),
    keywords: mapNames(KEYWORD_FIELD_NAMES, (field) => distinct(keywords[field] ?? [])),
    numbers: mapNames(NUMBER_FIELD_NAMES, (field) => (field === 'number' ? document.number : finite(numbers[field]))),
    nameKey: sortKey(name),
  }
}

function tokensOf(value: string | readonly string[] | undefined): string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? analyse(value.slice(0, TEXT_LENGTH_MAX)) : analyseValues(value)
}

/** Values that fold alike are one value; the first spelling is shown. */
function distinct(values: readonly string[]): string[] {
  const byFolded = new Map<string, string>()
  for (const value of values) {
    const kept = value.slice(0, KEYWORD_LENGTH_MAX).toWellFormed()
    const folded = fold(kept)
    if (folded.trim() !== '' && !byFolded.has(folded)) byFolded.set(folded, kept)
  }
  return [...byFolded.values()]
}

const finite = (value: number | undefined): number | null => (value !== undefined && Number.isFinite(value) ? value : null)

const mapNames = <K extends string, V>(names: readonly K[], value: (name: K) => V): Record<K, V> =>
  Object.fromEntries(names.map((name) => [name, value(name)])) as Record<K, V>
