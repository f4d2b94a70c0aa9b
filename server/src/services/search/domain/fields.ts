/*
 * What can be searched, as data. A new field is one line here and one line in to-search-document.ts; analysis, query language, index, facets
 * and sorting follow from the line.
 */

type Shared = { readonly label: string; readonly aliases: readonly string[]; readonly help: string }

/** Words in running text; `weight` is what a hit there adds to the relevance. */
export type TextField = Shared & { readonly kind: 'text'; readonly weight: number }
/** Whole values, any number of them; each may be counted as a facet. */
export type KeywordField = Shared & { readonly kind: 'keyword'; readonly sortable: boolean }
/** `units` are the suffixes a query may use, as factors; `tolerance` is how far a value may lie from what `field:value` says. */
export type NumberField = Shared & { readonly kind: 'number'; readonly units: Readonly<Record<string, number>>; readonly tolerance: number }
/** Milliseconds since 1970-01-01 UTC. */
export type DateField = Shared & { readonly kind: 'date' }
export type Field = TextField | KeywordField | NumberField | DateField

const BYTES = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}
const SECONDS = { ms: 1e-3, s: 1, sec: 1, m: 60, min: 60, h: 3_600, d: 86_400 }
const BITS_A_SECOND = { k: 1e3, m: 1e6, g: 1e9, kbps: 1e3, mbps: 1e6, gbps: 1e9, bps: 1 }

const text = (label: string, weight: number, help: string, ...aliases: string[]): TextField => ({
  kind: 'text',
  label,
  weight,
  help,
  aliases,
})
const keyword = (label: string, help: string, ...aliases: string[]): KeywordField => ({
  kind: 'keyword',
  label,
  help,
  aliases,
  sortable: false,
})
const number = (label: string, help: string, units: Record<string, number> = {}, tolerance = 0, ...aliases: string[]): NumberField => ({
  kind: 'number',
  label,
  help,
  units,
  tolerance,
  aliases,
})
const date = (label: string, help: string, ...aliases: string[]): DateField => ({ kind: 'date', label, help, aliases })

export const TEXT_FIELDS = {
  name: text('Name', 8, 'words of the name', 'title'),
  tags: text('Words in tags', 5, 'words of the tags'),
  originalName: text('File name', 4, 'words of the name the file came with', 'file', 'filename'),
  description: text('Description', 3, 'words of the description', 'desc'),
  technical: text('Technical words', 2, 'codecs, containers, sizes and rates as words', 'tech'),
  text: text('Text', 1, 'words of a document', 'content', 'fulltext'),
} as const satisfies Record<string, TextField>

export const KEYWORD_FIELDS = {
  kind: { ...keyword('Kind', 'video, audio, image, document, other, unknown', 'type'), sortable: true },
  codec: keyword('Codec', 'codec of any stream, as ffprobe names it'),
  container: keyword('Container', 'file format', 'format'),
  is: keyword('State', 'archived, locked, online, published, approved, deleted, purged, warning', 'flag', 'flags', 'state'),
  owner: { ...keyword('Owner', 'name of the person who brought it in', 'by', 'createdby'), sortable: true },
  tag: keyword('Tag', 'a whole tag'),
  language: keyword('Language', 'language of any stream', 'lang'),
  hdr: keyword('HDR', 'PQ, HLG, Dolby Vision; sdr for the rest'),
  scan: keyword('Scan', 'progressive, interlaced'),
  resolution: keyword('Resolution', 'SD, HD, Full HD, UHD, 8K'),
  workspace: keyword('Workspace', 'number of a workspace'),
} as const satisfies Record<string, KeywordField>

export const NUMBER_FIELDS = {
  number: number('Number', 'the number people see, also #48213', {}, 0, 'no'),
  size: number('Size', 'bytes; KB, MB, GB, TB, KiB, MiB …', BYTES, 0, 'bytes'),
  duration: number('Duration', 'seconds; 90s, 1m30s, 1:30, 1h', SECONDS, 0.5, 'length'),
  width: number('Width', 'pixels', { px: 1 }),
  height: number('Height', 'pixels', { px: 1, p: 1, i: 1 }),
  rate: number('Frame rate', 'frames a second', { fps: 1, p: 1 }, 0.005, 'fps'),
  bitrate: number('Bit rate', 'bits a second; kbps, Mbps', BITS_A_SECOND),
  channels: number('Audio channels', 'channels of all tracks', { ch: 1 }),
  pages: number('Pages', 'pages of a document'),
} as const satisfies Record<string, NumberField>

export const DATE_FIELDS = {
  created: date('Created', 'when it came in', 'createdat', 'date', 'added'),
  updated: date('Changed', 'when it changed last', 'updatedat', 'changed', 'modified'),
} as const satisfies Record<string, DateField>

export type TextFieldName = keyof typeof TEXT_FIELDS
export type KeywordFieldName = keyof typeof KEYWORD_FIELDS
export type NumberFieldName = keyof typeof NUMBER_FIELDS | keyof typeof DATE_FIELDS
export type FieldName = TextFieldName | KeywordFieldName | NumberFieldName

export const FIELDS: Readonly<Record<FieldName, Field>> = { ...TEXT_FIELDS, ...KEYWORD_FIELDS, ...NUMBER_FIELDS, ...DATE_FIELDS }

const namesOf = <K extends string>(table: Record<K, unknown>): readonly K[] => Object.keys(table) as K[]
export const TEXT_FIELD_NAMES = namesOf(TEXT_FIELDS)
export const KEYWORD_FIELD_NAMES = namesOf(KEYWORD_FIELDS)
/** Numbers and dates, which an index treats alike. */
export const NUMBER_FIELD_NAMES = namesOf({ ...NUMBER_FIELDS, ...DATE_FIELDS })

const BY_WORD = new Map<string, FieldName>()
for (const [name, field] of Object.entries(FIELDS))
  for (const word of [name, ...field.aliases]) BY_WORD.set(word.toLowerCase(), name as FieldName)

/** The field that a person means by `word`, in any case; null when there is none. */
export const findField = (word: string): FieldName | null => BY_WORD.get(word.toLowerCase()) ?? null

export const isTextField = (name: FieldName): name is TextFieldName => FIELDS[name].kind === 'text'
export const isKeywordField = (name: FieldName): name is KeywordFieldName => FIELDS[name].kind === 'keyword'
export const isNumberField = (name: FieldName): name is NumberFieldName => FIELDS[name].kind === 'number' || FIELDS[name].kind === 'date'

/** `relevance` is no field: it exists for a query only. */
export type SortField = 'relevance' | 'name' | 'kind' | 'owner' | NumberFieldName
export type Sort = { readonly field: SortField; readonly descending: boolean }
export const NEWEST_FIRST: Sort = { field: 'created', descending: true }

export const SORT_FIELDS: readonly SortField[] = ['relevance', 'name', 'kind', 'owner', ...NUMBER_FIELD_NAMES]

export function findSortField(word: string): SortField | null {
  if (word.toLowerCase() === 'relevance' || word.toLowerCase() === 'score') return 'relevance'
  const name = findField(word)
  return name !== null && (SORT_FIELDS as readonly string[]).includes(name) ? (name as SortField) : null
}
