import { setTimeout as sleep } from 'node:timers/promises'

/** Makes writes visible: at once when it is quiet, and never more often than every `intervalMs`; writes that wait share one. */
export class Refresher {
  readonly #refresh: () => Promise<unknown>
  readonly #intervalMs: number
  #next: Promise<void> | null = null
  #begunMs = -Infinity

  constructor(refresh: () => Promise<unknown>, intervalMs: number) {
    this.#refresh = refresh
    this.#intervalMs = intervalMs
  }

  /** Resolves after a refresh that began after this call. */
  refresh(): Promise<void> {
    this.#next ??= this.#begin()
    return this.#next
  }

  async #begin(): Promise<void> {
    await sleep(Math.max(0, this.#begunMs + this.#intervalMs - performance.now()))
    this.#next = null
    this.#begunMs = performance.now()
    await this.#refresh()
  }
}
