import type { EventEnvelope } from '@capstan/contract/events'
import type { Clock } from '../../lib/clock.ts'
import type { EventBus, EventHandler, Subscription } from '../../ports/event-bus.ts'
import { all, first, run, statement, type SqlDatabase } from '../sql/database.ts'

const TRIES_MAX = 10
const RETRY_DELAY_MS_MAX = 30_000
const POSITION_SAVE_MS = 200

type Row = { sequence: number; event: string }

/** Consumers read the event history, each from a position of its own that survives restarts; `wake` only says that there is more. */
export class SqliteEventBus implements EventBus {
  readonly #database: SqlDatabase
  readonly #clock: Clock
  readonly #consumers: Consumer[] = []
  readonly #listeners: (() => void)[] = []

  constructor(database: SqlDatabase, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  async subscribe(subscription: Subscription, handle: EventHandler): Promise<void> {
    const consumer = new Consumer(this.#database, this.#clock, subscription, handle)
    await consumer.start()
    this.#consumers.push(consumer)
  }

  onGrown(listener: () => void): void {
    this.#listeners.push(listener)
  }

  wake(): void {
    for (const consumer of this.#consumers) consumer.wake()
    for (const listener of this.#listeners) listener()
  }

  async lag(): Promise<Record<string, number>> {
    const head = await this.#database.read(() =>
      first<{ head: number | null }>(statement('select max(sequence) as head from events_history')),
    )
    return Object.fromEntries(this.#consumers.map((consumer) => [consumer.name, Math.max(0, (head?.head ?? 0) - consumer.position)]))
  }

  async close(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()))
  }
}

class Consumer {
  readonly name: string
  position = 0
  readonly #database: SqlDatabase
  readonly #clock: Clock
  readonly #handle: EventHandler
  readonly #sql: string
  readonly #names: readonly string[]
  readonly #batchMax: number
  #savedPosition = 0
  #savedAtMs = 0
  #tries = 0
  #stopped = false
  #hasMore = false
  #running: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(database: SqlDatabase, clock: Clock, subscription: Subscription, handle: EventHandler) {
    this.name = subscription.consumer
    this.#database = database
    this.#clock = clock
    this.#handle = handle
    this.#names = subscription.names === 'all' ? [] : subscription.names
    this.#batchMax = subscription.batchMax ?? 200
    const filter = this.#names.length > 0 ? `and name in (${this.#names.map(() => '?').join(', ')})` : ''
    this.#sql = `select sequence, event from events_history where sequence > ? and sequence <= ? ${filter} order by sequence limit ?`
  }

  async start(): Promise<void> {
    const row = await this.#database.read(() =>
      first<{ position: number }>(statement('select position from events_consumer where consumer = ?', [this.name])),
    )
    this.position = this.#savedPosition = row?.position ?? 0
    if (!row)
      await this.#database.write(() => run(statement('insert into events_consumer (consumer, position) values (?, 0)', [this.name])))
    this.wake()
  }

  wake(): void {
    this.#hasMore = true
    if (this.#stopped || this.#running || this.#timer) return
    this.#running = this.#drain().finally(() => {
      this.#running = null
      if (this.#hasMore) this.wake()
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#running
    if (this.position > this.#savedPosition) await this.#savePosition()
  }

  async #drain(): Promise<void> {
    while (this.#hasMore && !this.#stopped) {
      this.#hasMore = false
      const head = await this.#database.read(() =>
        first<{ head: number | null }>(statement('select max(sequence) as head from events_history')),
      )
      // After failures events are tried one by one, so that only the poisonous one is set aside.
      const limit = this.#tries > 2 ? 1 : this.#batchMax
      const rows = await this.#database.read(() => all<Row>(statement(this.#sql, [this.position, head?.head ?? 0, ...this.#names, limit])))
      if (rows.length > 0 && !(await this.#deliver(rows))) return
      const isPart = rows.length === limit
      this.position = isPart ? (rows.at(-1)?.sequence ?? this.position) : Math.max(this.position, head?.head ?? 0)
      if (isPart) this.#hasMore = true
      if (this.#clock.now() - this.#savedAtMs >= POSITION_SAVE_MS) await this.#savePosition()
    }
  }

  /** False when the batch must be tried again later. */
  async #deliver(rows: readonly Row[]): Promise<boolean> {
    try {
      await this.#handle(rows.map(({ event, sequence }) => ({ ...(JSON.parse(event) as EventEnvelope), sequence })))
      this.#tries = 0
      return true
    } catch (error) {
      this.#tries++
      const [row] = rows
      if (rows.length === 1 && row && this.#tries >= TRIES_MAX) {
        await this.#setAside(row, error)
        this.#tries = 0
        return true
      }
      this.#retryLater()
      return false
    }
  }

  #retryLater(): void {
    this.#hasMore = false
    if (this.#stopped) return
    const delayMs = Math.min(100 * 2 ** this.#tries, RETRY_DELAY_MS_MAX)
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.wake()
    }, delayMs)
  }

  async #setAside(row: Row, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error)
    const sql = 'insert into events_dead_letter (consumer, sequence, reason, at_ms) values (?, ?, ?, ?) on conflict do nothing'
    await this.#database.write(() => run(statement(sql, [this.name, row.sequence, reason, this.#clock.now()])))
  }

  async #savePosition(): Promise<void> {
    if (this.position === this.#savedPosition) return
    const { position } = this
    await this.#database.write(() => run(statement('update events_consumer set position = ? where consumer = ?', [position, this.name])))
    this.#savedPosition = position
    this.#savedAtMs = this.#clock.now()
  }
}
