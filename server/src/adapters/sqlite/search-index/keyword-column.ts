import { foldKeyword } from '../../../services/search/domain/fold.ts'
import { addBit, type Bitset } from './bitset.ts'
import { grown } from './grown.ts'

const NONE = -1

/**
 * The values of one keyword field for all documents of an account. A document's entry is the code of its value, NONE, or, for several values,
 * `-2 - place` of their list in the pool: how many, then their codes. Most documents have at most one value a field, so an entry is four bytes.
 */
export class KeywordColumn {
  readonly values: string[] = []
  readonly folded: string[] = []
  readonly #codes = new Map<string, number>()
  #pool: Int32Array = new Int32Array(0)
  #poolSize = 0
  #entries: Int32Array = new Int32Array(0)
  #counts: Int32Array = new Int32Array(0)

  reserve(capacity: number): void {
    const before = this.#entries.length
    this.#entries = grown(this.#entries, capacity)
    this.#entries.fill(NONE, before)
  }

  set(document: number, values: readonly string[]): void {
    this.#entries[document] = values.length > 1 ? this.#list(document, values) : values.length === 1 ? this.#code(values[0]!) : NONE
  }

  /** The folded first value, for sorting; null when there is none. */
  first(document: number): string | null {
    const entry = this.#entries[document]!
    if (entry === NONE) return null
    return this.folded[entry >= 0 ? entry : this.#pool[-entry - 1]!]!
  }

  /** Adds the documents that have a value, or one whose folded form passes the test. */
  select(passes: ((folded: string) => boolean) | null, size: number, into: Bitset): void {
    const wanted = Uint8Array.from(this.folded, (folded) => (passes === null || passes(folded) ? 1 : 0))
    if (!wanted.includes(1)) return
    const entries = this.#entries
    for (let i = 0; i < size; i++) {
      const entry = entries[i]!
      if (entry >= 0 ? wanted[entry] : entry !== NONE && this.#listHas(-entry - 2, wanted)) addBit(into, i)
    }
  }

  /** How many of the documents have each value. */
  count(documents: Int32Array, length: number, each: (code: number, count: number) => void): void {
    if (this.#counts.length < this.values.length) this.#counts = new Int32Array(this.values.length * 2)
    const counts = this.#counts
    const entries = this.#entries
    const pool = this.#pool
    const touched: number[] = []
    for (let i = 0; i < length; i++) {
      const entry = entries[documents[i]!]!
      if (entry >= 0) {
        if (counts[entry]!++ === 0) touched.push(entry)
      } else if (entry !== NONE) {
        const place = -entry - 2
        const end = place + pool[place]!
        for (let p = place + 1; p <= end; p++) if (counts[pool[p]!]!++ === 0) touched.push(pool[p]!)
      }
    }
    for (const code of touched) {
      each(code, counts[code]!)
      counts[code] = 0
    }
  }

  #code(value: string): number {
    const known = this.#codes.get(value)
    if (known !== undefined) return known
    const code = this.values.length
    this.#codes.set(value, code)
    this.values.push(value)
    this.folded.push(foldKeyword(value))
    return code
  }

  #listHas(place: number, wanted: Uint8Array): boolean {
    const end = place + this.#pool[place]!
    for (let p = place + 1; p <= end; p++) if (wanted[this.#pool[p]!]) return true
    return false
  }

  /** A shorter list takes the place of the document's last one, a longer one goes to the end. */
  #list(document: number, values: readonly string[]): number {
    const codes = values.map((value) => this.#code(value))
    const last = -this.#entries[document]! - 2
    const fits = last >= 0 && this.#pool[last]! >= codes.length
    const place = fits ? last : this.#poolSize
    if (!fits) {
      this.#poolSize += codes.length + 1
      if (this.#poolSize > this.#pool.length) this.#pool = grown(this.#pool, Math.ceil((this.#poolSize * 5) / 4))
    }
    this.#pool[place] = codes.length
    this.#pool.set(codes, place + 1)
    return -2 - place
  }
}
