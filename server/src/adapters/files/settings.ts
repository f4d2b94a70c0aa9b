import { readFile, stat } from 'node:fs/promises'
import { CapstanError } from '../../lib/errors.ts'
import { LastGood } from '../../lib/last-good.ts'
import type { ParseSettings, Settings, SettingsListener } from '../../ports/settings.ts'
import { isErrno } from './durable.ts'

type Options<T> = { path: string; parse: ParseSettings<T>; lookEveryMs?: number }

const LOOK_EVERY_MS = 1_000
const SIZE_BYTES_MAX = 64 * 1024

/** A file that a person edits. It is looked at, not watched, because that works on every file system; and read when it was the same at two looks, so that half of it is never taken. */
export class FileSettings<T> implements Settings<T> {
  readonly #path: string
  readonly #good: LastGood<T>
  readonly #timer: NodeJS.Timeout
  #seen: string
  #read: string
  #isClosed = false

  private constructor({ path, lookEveryMs = LOOK_EVERY_MS }: Options<T>, good: LastGood<T>, seen: string) {
    this.#path = path
    this.#good = good
    this.#seen = seen
    this.#read = seen
    this.#timer = setInterval(() => void this.#look(), lookEveryMs).unref()
  }

  /** Throws `invalid` with one sentence when the file is there and wrong. */
  static async open<T>(options: Options<T>): Promise<FileSettings<T>> {
    const { path, parse } = options
    const seen = await stateOf(path)
    return new FileSettings(options, new LastGood(await textOf(path), { parse, source: path }), seen)
  }

  current(): T {
    return this.#good.value
  }

  watch(listener: SettingsListener<T>): () => void {
    return this.#good.listen(listener)
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#good.forgetListeners()
  }

  async #look(): Promise<void> {
    const state = await stateOf(this.#path)
    const isQuiet = state === this.#seen
    this.#seen = state
    if (!isQuiet || state === this.#read) return
    this.#read = state
    try {
      const text = await textOf(this.#path)
      if (!this.#isClosed) this.#good.take(text)
    } catch (error) {
      if (!this.#isClosed) this.#good.keep((error as Error).message)
    }
  }
}

/** What tells one content of the file from another. */
const stateOf = (path: string): Promise<string> =>
  stat(path, { bigint: true }).then(
    ({ ino, size, mtimeNs, ctimeNs }) => `${ino} ${size} ${mtimeNs} ${ctimeNs}`,
    (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown',
  )

/** Null when there is none. */
async function textOf(path: string): Promise<string | null> {
  try {
    const { size } = await stat(path)
    if (size > SIZE_BYTES_MAX)
      throw new CapstanError('invalid', `the settings in ${path} are not taken: they are longer than ${SIZE_BYTES_MAX} bytes`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    if (error instanceof CapstanError) throw error
    throw new CapstanError('invalid', `the settings in ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, {
      cause: error,
    })
  }
}
