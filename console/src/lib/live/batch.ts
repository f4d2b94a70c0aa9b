/** Gathers what happens in quick succession and hands it over once, at most every `everyMs`. */
export class Batch {
  #waiting = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | null = null
  readonly #everyMs: number
  readonly #run: (items: string[]) => unknown

  constructor(everyMs: number, run: (items: string[]) => unknown) {
    this.#everyMs = everyMs
    this.#run = run
  }

  add(item: string): void {
    this.#waiting.add(item)
    this.#timer ??= setTimeout(() => this.#flush(), this.#everyMs)
  }

  #flush(): void {
    const items = [...this.#waiting]
    this.#waiting.clear()
    this.#timer = null
    void this.#run(items)
  }
}
