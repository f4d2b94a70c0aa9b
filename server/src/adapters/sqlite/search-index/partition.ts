import {
  KEYWORD_FIELD_NAMES,
  NUMBER_FIELD_NAMES,
  TEXT_FIELD_NAMES,
  type KeywordFieldName,
  type NumberFieldName,
  type SortField,
  type TextFieldName,
} from '../../../services/search/domain/fields.ts'
import { addBit, newBitset, removeBit, type Bitset } from './bitset.ts'
import { grown } from './grown.ts'
import { KeywordColumn } from './keyword-column.ts'
import type { StoredFacts } from './stored-facts.ts'

const ID_BYTES = 16
const CAPACITY_MIN = 64

/** What a search reads of one account besides the words: columns in memory, by the documents' places. About 150 bytes a document. */
export class Partition {
  /** Places in use; a place is the low half of the row id. */
  size = 0
  alive: Bitset = newBitset(0)
  readonly numbers: Record<NumberFieldName, Float64Array>
  readonly keywords: Record<KeywordFieldName, KeywordColumn>
  readonly #names: string[] = []
  #ids: Uint8Array = new Uint8Array(0)
  #hasText: Uint8Array = new Uint8Array(0)
  #capacity = 0

  constructor() {
    this.numbers = Object.fromEntries(NUMBER_FIELD_NAMES.map((name) => [name, new Float64Array(0)])) as Record<
      NumberFieldName,
      Float64Array
    >
    this.keywords = Object.fromEntries(KEYWORD_FIELD_NAMES.map((name) => [name, new KeywordColumn()])) as Record<
      KeywordFieldName,
      KeywordColumn
    >
  }

  put(place: number, id: Uint8Array, facts: StoredFacts): void {
    this.#reserve(place + 1)
    const [nameKey, hasText, numbers, keywords] = facts
    this.#names[place] = nameKey
    this.#hasText[place] = hasText
    this.#ids.set(id, place * ID_BYTES)
    NUMBER_FIELD_NAMES.forEach((name, i) => (this.numbers[name][place] = numbers[i] ?? NaN))
    KEYWORD_FIELD_NAMES.forEach((name, i) => this.keywords[name].set(place, keywords[i] ?? []))
    addBit(this.alive, place)
  }

  remove(place: number): void {
    this.#reserve(place + 1)
    removeBit(this.alive, place)
  }

  idOf(place: number): string {
    const hex = Buffer.from(this.#ids.buffer, place * ID_BYTES, ID_BYTES).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  /** The value that a document sorts by; null when it has none. */
  sortKey(field: Exclude<SortField, 'relevance'>, place: number): number | string | null {
    if (field === 'name') return this.#names[place]!
    if (field === 'kind' || field === 'owner') return this.keywords[field].first(place)
    const value = this.numbers[field][place]!
    return Number.isNaN(value) ? null : value
  }

  selectText(field: TextFieldName, into: Bitset): void {
    const bit = 1 << TEXT_FIELD_NAMES.indexOf(field)
    for (let i = 0; i < this.size; i++) if (this.#hasText[i]! & bit) addBit(into, i)
  }

  #reserve(size: number): void {
    this.size = Math.max(this.size, size)
    if (size <= this.#capacity) return
    this.#capacity = Math.max(CAPACITY_MIN, Math.ceil((size * 5) / 4))
    this.alive = grown(this.alive, (this.#capacity + 31) >>> 5)
    this.#ids = grown(this.#ids, this.#capacity * ID_BYTES)
    this.#hasText = grown(this.#hasText, this.#capacity)
    for (const name of NUMBER_FIELD_NAMES) this.numbers[name] = grown(this.numbers[name], this.#capacity)
    for (const name of KEYWORD_FIELD_NAMES) this.keywords[name].reserve(this.#capacity)
  }
}
