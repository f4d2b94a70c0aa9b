import { createHash } from 'node:crypto'
import { ANALYSIS_FORMAT } from '../../services/search/domain/analyse.ts'
import { KEYWORD_FIELD_NAMES, NUMBER_FIELD_NAMES, TEXT_FIELD_NAMES } from '../../services/search/domain/fields.ts'

/** Raise it with every change of what a document holds; an index of another version is built anew, beside. */
const FORMAT = 1
/** Longer keywords could not be a term of the index (32,766 bytes). */
const KEYWORD_LENGTH_MAX = 8_191
/** A phrase whose last word is unfinished is found exactly for beginnings of up to so many characters, and by listing words beyond. */
const PREFIX_LENGTH_MAX = 6

const each = (names: readonly string[], field: unknown): Record<string, unknown> => Object.fromEntries(names.map((name) => [name, field]))

/** Our tokens arrive ready, joined by spaces: the server only splits there. Every hit is worth the same, so lengths are not kept. */
const WORDS = {
  type: 'text',
  analyzer: 'whitespace',
  norms: false,
  index_options: 'positions',
  index_prefixes: { min_chars: 1, max_chars: PREFIX_LENGTH_MAX },
}
const KEYWORD = { type: 'keyword', ignore_above: KEYWORD_LENGTH_MAX }

/**
 * The fields of a document. `text` holds tokens by field and `all` those of every field; `words` the distinct tokens without stems, for patterns;
 * `folded` what keywords are compared by, `shown` what facets list, `key` what names sort by. A tombstone has none of these, a checkpoint only its own.
 */
export const MAPPINGS = {
  dynamic: 'strict',
  _source: { enabled: false },
  properties: {
    account: { type: 'keyword' },
    id: { type: 'keyword', index: false },
    words: KEYWORD,
    all: WORDS,
    text: { properties: each(TEXT_FIELD_NAMES, { ...WORDS, copy_to: 'all' }) },
    folded: { properties: each(KEYWORD_FIELD_NAMES, { ...KEYWORD, doc_values: false }) },
    shown: { properties: each(KEYWORD_FIELD_NAMES, { ...KEYWORD, index: false }) },
    key: { properties: each(['name', 'kind', 'owner'], { ...KEYWORD, index: false }) },
    number: { properties: each(NUMBER_FIELD_NAMES, { type: 'double' }) },
    checkpoint: { properties: { account: { type: 'long' }, sequence: { type: 'long' } } },
  },
} as const

/** One shard: counts of facets are exact only where one place counts. It holds far more than a platform's assets. */
export const SETTINGS = {
  number_of_shards: 1,
  auto_expand_replicas: '0-1',
  refresh_interval: '1s',
  max_regex_length: 20_000,
} as const

/** Changes by itself when fields come, go or change their kind. */
export const INDEX_VERSION = createHash('sha256')
  .update(JSON.stringify([FORMAT, ANALYSIS_FORMAT, MAPPINGS]))
  .digest('hex')
  .slice(0, 12)
