/** The first `length` of all that is added, in order. */
export class TopList<T> {
  readonly items: T[] = []
  readonly #length: number
  readonly #order: (a: T, b: T) => number

  constructor(length: number, order: (a: T, b: T) => number) {
    this.#length = length
    this.#order = order
  }

  get isFull(): boolean {
    return this.items.length === this.#length
  }

  get last(): T | undefined {
    return this.items[this.items.length - 1]
  }

  add(item: T): void {
    if (this.isFull) {
      if (this.#order(item, this.items[this.#length - 1]!) >= 0) return
      this.items.pop()
    }
    let low = 0
    let high = this.items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#order(item, this.items[middle]!) < 0) high = middle
      else low = middle + 1
    }
    this.items.splice(low, 0, item)
  }
}
