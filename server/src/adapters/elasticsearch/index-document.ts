import { BOUNDARY, STEM } from '../../services/search/domain/analyse.ts'
import { analyseDocument, type SearchDocument, type Tombstone } from '../../services/search/domain/document.ts'
import { KEYWORD_FIELD_NAMES, NUMBER_FIELD_NAMES, TEXT_FIELD_NAMES } from '../../services/search/domain/fields.ts'
import { foldKeyword } from '../../services/search/domain/fold.ts'
import type { Checkpoint } from '../../services/search/ports/search-index.ts'
import { toKey } from './key-order.ts'

/** One thing to write. `body` is JSON; the server keeps it unless it has a greater version. */
export type Entry = Readonly<{ id: string; version: number; body: string }>

export function entryOfDocument(document: SearchDocument): Entry {
  const { tokens, keywords, numbers, nameKey } = analyseDocument(document)
  const first = (field: 'kind' | 'owner'): string | undefined => keywords[field][0]
  const body = {
    account: String(document.accountId),
    id: document.id,
    words: [...new Set(TEXT_FIELD_NAMES.flatMap((field) => tokens[field]))].filter(
      (token) => token !== BOUNDARY && !token.startsWith(STEM),
    ),
    text: filled(TEXT_FIELD_NAMES, (field) => (tokens[field].length > 0 ? tokens[field].join(' ') : undefined)),
    folded: filled(KEYWORD_FIELD_NAMES, (field) => unlessEmpty(keywords[field].map(foldKeyword))),
    shown: filled(KEYWORD_FIELD_NAMES, (field) => unlessEmpty(keywords[field].map(toKey))),
    key: { name: toKey(nameKey), ...filled(['kind', 'owner'] as const, (field) => folded(first(field))) },
    number: filled(NUMBER_FIELD_NAMES, (field) => numbers[field] ?? undefined),
  }
  return { id: idOf(document), version: document.revision, body: JSON.stringify(body) }
}

/** The same to be found by everything but the words of its text; null when it has none. */
export function withoutText({ id, version, body }: Entry): Entry | null {
  const parsed = JSON.parse(body) as { words?: readonly string[]; text?: Record<string, string> }
  if (parsed.text?.['text'] === undefined) return null
  const { text: _text, ...text } = parsed.text
  const kept = new Set(Object.values(text).flatMap((tokens) => tokens.split(' ')))
  return { id, version, body: JSON.stringify({ ...parsed, text, words: parsed.words?.filter((word) => kept.has(word)) }) }
}

/** A document of nothing: a deletion's version would be forgotten after a minute, and an older revision come back. */
export const entryOfTombstone = (tombstone: Tombstone): Entry => ({ id: idOf(tombstone), version: tombstone.revision, body: '{}' })

export const entryOfCheckpoint = ({ accountId, sequence }: Checkpoint): Entry => ({
  id: `checkpoint.${accountId}`,
  version: sequence,
  body: JSON.stringify({ checkpoint: { account: accountId, sequence } }),
})

const idOf = ({ accountId, number }: { accountId: number; number: number }): string => `${accountId}.${number}`
const folded = (value: string | undefined): string | undefined => (value === undefined ? undefined : toKey(foldKeyword(value)))
const unlessEmpty = (values: readonly string[]): readonly string[] | undefined => (values.length > 0 ? values : undefined)

const filled = <K extends string>(names: readonly K[], value: (name: K) => unknown): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, value(name)]))
