import { systemClock, type Clock } from '../../lib/clock.ts'
import { first, statement } from '../sql/database.ts'
import type { MariadbDatabase } from './database.ts'

const SAMPLE_MS = 10_000

/** The database's time, which is the same for every process whatever their machines' clocks say. Between samples the monotonic clock carries it on. */
export class DatabaseClock implements Clock {
  readonly #database: Pick<MariadbDatabase, 'read'>
  readonly #local: Clock
  readonly #timer: NodeJS.Timeout
  /** What the database's time was when the monotonic clock began. */
  #originMs = 0

  private constructor(database: Pick<MariadbDatabase, 'read'>, local: Clock) {
    this.#database = database
    this.#local = local
    this.#timer = setInterval(() => void this.#sample().catch(() => {}), SAMPLE_MS)
    this.#timer.unref()
  }

  static async start(database: Pick<MariadbDatabase, 'read'>, local: Clock = systemClock): Promise<DatabaseClock> {
    const clock = new DatabaseClock(database, local)
    await clock.#sample()
    return clock
  }

  now(): number {
    return Math.round(this.#originMs + this.#local.monotonic())
  }

  monotonic(): number {
    return this.#local.monotonic()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** The answer is taken for the middle of the time that asking took. */
  async #sample(): Promise<void> {
    const askedMs = this.#local.monotonic()
    const row = await this.#database.read(() => first<{ ms: number }>(statement('select unix_timestamp(now(6)) * 1000e0 as ms')))
    if (row) this.#originMs = row.ms - (askedMs + this.#local.monotonic()) / 2
  }
}
