/** Keeps what was used last, as long as it fits into `weightMax`; what alone is heavier is kept until the next comes. */
export class LruMap<K, V> {
  readonly #weightMax: number
  readonly #entries = new Map<K, { value: V; weight: number }>()
  #weight = 0

  constructor(weightMax: number) {
    this.#weightMax = weightMax
  }

  get(key: K): V | null {
    const entry = this.#entries.get(key)
    if (!entry) return null
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  set(key: K, value: V, weight: number): void {
    this.#weight += weight - (this.#entries.get(key)?.weight ?? 0)
    this.#entries.delete(key)
    this.#entries.set(key, { value, weight })
    for (const [oldest, entry] of this.#entries) {
      if (this.#weight <= this.#weightMax || oldest === key) break
      this.#entries.delete(oldest)
      this.#weight -= entry.weight
    }
  }

  clear(): void {
    this.#entries.clear()
    this.#weight = 0
  }
}
