import { toCapstanError, type CapstanError } from '../../lib/errors.ts'

type Options = {
  relay: () => Promise<number>
  /** Called when passing everything on has failed often: one by one, without what can never pass. */
  setAside: () => Promise<void>
  onError: (error: CapstanError, what: string) => void
}

const RETRY_MS_FIRST = 100
const RETRY_MS_MAX = 30_000
/** About half a minute. */
const FAILURES_MAX = 8

/** Keeps relaying while there is something pending; one pass at a time, woken after each commit, with a back-off while a receiver is away. */
export class CommandRelay {
  readonly #options: Options
  #running: Promise<void> | null = null
  #again = false
  #stopped = true
  #failures = 0
  #timer: NodeJS.Timeout | null = null

  constructor(options: Options) {
    this.#options = options
  }

  start(): void {
    this.#stopped = false
    this.wake()
  }

  wake(): void {
    if (this.#stopped || this.#timer) return
    this.#again = true
    this.#running ??= this.#run().finally(() => (this.#running = null))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false
      try {
        if (this.#failures >= FAILURES_MAX) await this.#options.setAside()
        if ((await this.#options.relay()) > 0) this.#again = true
        this.#failures = 0
      } catch (error) {
        this.#options.onError(toCapstanError(error), 'relaying workflow commands')
        this.#later()
        return
      }
    }
  }

  #later(): void {
    const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** Math.min(this.#failures, 10))
    this.#failures += 1
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.wake()
    }, delayMs)
  }
}
