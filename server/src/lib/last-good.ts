import { CapstanError } from './errors.ts'

type Listener<T> = { changed: (value: T) => void; kept: (sentence: string) => void }

/** The last text that made sense. Listeners hear of each new one, and once of each that makes none. */
export class LastGood<T> {
  readonly #parse: (raw: unknown) => T
  readonly #source: string
  readonly #listeners = new Set<Listener<T>>()
  #value: T
  #text: string | null
  #told: string | null = null

  /** Null is no text: an empty object. Throws `invalid` when the first one makes no sense; `source` names where it lies. */
  constructor(text: string | null, { parse, source }: { parse: (raw: unknown) => T; source: string }) {
    this.#parse = parse
    this.#source = source
    this.#text = text
    this.#value = this.#read(text)
  }

  get value(): T {
    return this.#value
  }

  listen(listener: Listener<T>): () => void {
    const own = { ...listener }
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  take(text: string | null): void {
    const isBack = this.#told !== null
    if (text === this.#text && !isBack) return
    try {
      const value = this.#read(text)
      const isNew = JSON.stringify(value) !== JSON.stringify(this.#value)
      this.#text = text
      this.#told = null
      if (!isNew) return
      this.#value = value
      this.#tell((listener) => listener.changed(value))
    } catch (error) {
      this.keep((error as Error).message)
    }
  }

  /** Something is in the way of the newest one. */
  keep(sentence: string): void {
    if (sentence === this.#told) return
    this.#told = sentence
    this.#tell((listener) => listener.kept(`${sentence}; the last good ones stay in force`))
  }

  forgetListeners(): void {
    this.#listeners.clear()
  }

  #tell(tell: (listener: Listener<T>) => void): void {
    for (const listener of [...this.#listeners]) tell(listener)
  }

  #read(text: string | null): T {
    try {
      return this.#parse(text === null ? {} : parseJson(text))
    } catch (error) {
      throw new CapstanError('invalid', `the settings in ${this.#source} are not taken: ${(error as Error).message}`, { cause: error })
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CapstanError('invalid', 'they are no JSON')
  }
}
