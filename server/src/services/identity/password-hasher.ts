import { hash, verify } from '@node-rs/argon2'
import { CapstanError } from '../../lib/errors.ts'

/** `memoryCost` in KiB, `timeCost` in passes. */
export type PasswordCost = Readonly<{ memoryCost: number; timeCost: number }>

/** Above OWASP's minimum for argon2id; measured 43 to 52 ms on a core, no more with two at once on two cores. */
export const PASSWORD_COST: PasswordCost = { memoryCost: 46 * 1_024, timeCost: 5 }

/** Each takes 46 MiB and a thread of libuv's pool, which files need too. */
const AT_ONCE_MAX = 2
const WAITING_MAX = 200

/** Hashes with argon2id off the event loop, a few at a time. Throws `rate_limited` when too many wait. */
export class PasswordHasher {
  readonly #cost: PasswordCost
  readonly #waiting: (() => void)[] = []
  #running = 0
  #nobody: Promise<string> | null = null

  constructor(cost: PasswordCost = PASSWORD_COST) {
    this.#cost = cost
  }

  hash(password: string): Promise<string> {
    return this.inTurn(() => this.#hash(password))
  }

  /** Takes as long for nobody (`null`, always false) as for somebody. Call it inside `inTurn`. */
  async verify(stored: string | null, password: string): Promise<boolean> {
    const known = stored ?? (await (this.#nobody ??= this.#hash('nobody has this password')))
    const right = await verify(known, password.normalize('NFKC'))
    return right && stored !== null
  }

  /** Runs `work` when one of the few places is free, so that counters read in it are hardly behind those who run beside it. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE_MAX) await this.#place()
    else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }

  #hash(password: string): Promise<string> {
    return hash(password.normalize('NFKC'), { ...this.#cost, parallelism: 1 })
  }

  #place(): Promise<void> {
    if (this.#waiting.length >= WAITING_MAX)
      throw new CapstanError('rate_limited', 'too many people sign in at this moment: try again in a few seconds')
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
