import type { AnalysedDocument } from '../../../services/search/domain/document.ts'
import { KEYWORD_FIELD_NAMES, NUMBER_FIELD_NAMES, TEXT_FIELD_NAMES } from '../../../services/search/domain/fields.ts'

/** A document's columns as they lie in the database: the name's sort key, a bit for each text field with words, numbers and keywords in table order. */
export type StoredFacts = readonly [
  nameKey: string,
  hasText: number,
  numbers: readonly (number | null)[],
  keywords: readonly (readonly string[])[],
]

export const factsOf = ({ nameKey, tokens, numbers, keywords }: AnalysedDocument): StoredFacts => [
  nameKey,
  TEXT_FIELD_NAMES.reduce((bits, name, i) => (tokens[name].length > 0 ? bits | (1 << i) : bits), 0),
  NUMBER_FIELD_NAMES.map((name) => numbers[name]),
  KEYWORD_FIELD_NAMES.map((name) => keywords[name]),
]
