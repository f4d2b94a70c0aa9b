import type { EventEnvelope } from '@capstan/contract/events'
import { crashAt } from '../../lib/crash-points.ts'
import { CapstanError } from '../../lib/errors.ts'
import { all, run, statement } from '../sql/database.ts'
import { marks } from '../sql/listing.ts'
import { OUTBOX_SERVICES, type OutboxService } from '../sql/outbox.ts'
import type { MariadbDatabase } from './database.ts'
import type { MariadbLease } from './lease.ts'

type Sequenced = EventEnvelope & { sequence: number }

export type RelayTarget = Readonly<{
  /** Puts events behind the newest of the history; one that is there already keeps its place. */
  append: (events: readonly EventEnvelope[]) => Promise<Sequenced[]>
  /** Tells everybody. May fail: the history is the truth, and who reads it misses nothing. */
  publish: (events: readonly Sequenced[]) => Promise<void>
  /** There are events and another process relays. */
  tellHolder: () => void
}>

const ROWS_MAX = 500
const RETRY_MS = 1_000

/** All outboxes as they were at one moment: what caused an event is never read after it. */
const PENDING = OUTBOX_SERVICES.map(
  (service) => `(select '${service}' as service, number, event from ${service}_outbox order by number limit ${ROWS_MAX})`,
).join(' union all ')

type Row = { service: OutboxService; number: number; event: string }
type Pending = { service: OutboxService; number: number; event: EventEnvelope }

/**
 * Moves outbox rows to the history, after their commit, and so gives events their order. One process does it at a time; the fence keeps one that was asleep
 * from removing rows, the history's places keep it from writing between those of the new one.
 */
export class MariadbEventRelay {
  readonly #database: MariadbDatabase
  readonly #lease: MariadbLease
  readonly #target: RelayTarget
  #running: Promise<void> | null = null
  #again = false
  #closed = false

  constructor(database: MariadbDatabase, lease: MariadbLease, target: RelayTarget) {
    this.#database = database
    this.#lease = lease
    this.#target = target
    database.onEvents(() => this.#pumpSoon())
  }

  /** Moves all there is, or leaves it to the process that holds the relay. */
  pump(): Promise<void> {
    this.#again = true
    return (this.#running ??= this.#run().finally(() => {
      this.#running = null
      if (this.#again) this.#pumpSoon()
    }))
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#running?.catch(() => {})
    await this.#lease.release()
  }

  #pumpSoon(): void {
    if (!this.#closed) this.pump().catch(() => setTimeout(() => this.#pumpSoon(), RETRY_MS).unref())
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false
      if ((await this.#lease.hold()) === null) {
        this.#target.tellHolder()
        return
      }
      const pending = inOrder(await this.#database.read(() => all<Row>(statement(PENDING))))
      if (pending.length === 0) return
      await this.#move(pending)
      this.#again = true
    }
  }

  async #move(pending: readonly Pending[]): Promise<void> {
    const events = await this.#target.append(pending.map(({ event }) => event))
    crashAt('after-history')
    const published = this.#target.publish(events).catch(() => {})
    await this.#remove(pending).catch((error: unknown) => {
      // Another process relays now; it finds these events in the history and removes their rows itself.
      if (!(error instanceof CapstanError) || error.code !== 'conflict') throw error
    })
    await published
  }

  async #remove(pending: readonly Pending[]): Promise<void> {
    const lease = this.#lease
    const numbers = Map.groupBy(pending, ({ service }) => service)
    await this.#database.write(function* () {
      yield* lease.requireFence()
      for (const [service, rows] of numbers) {
        // By number, not up to a number: one that was drawn earlier may be committed later.
        const drawn = rows.map(({ number }) => number)
        yield* run(statement(`delete from ${service}_outbox where number in (${marks(drawn)})`, drawn))
      }
    })
  }
}

/** Keeps the order within each outbox, and otherwise goes by time. */
function inOrder(rows: readonly Row[]): Pending[] {
  const queues = [...Map.groupBy(rows, ({ service }) => service).values()].map((queue) =>
    queue
      .map(({ service, number, event }) => ({ service, number, event: JSON.parse(event) as EventEnvelope }))
      .sort((a, b) => a.number - b.number),
  )
  const merged: Pending[] = []
  for (let left = rows.length; left > 0; left -= 1) {
    const next = queues.filter((queue) => queue.length > 0).reduce((a, b) => (headTime(b) < headTime(a) ? b : a))
    merged.push(next.shift() as Pending)
  }
  return merged
}

const headTime = ([head]: readonly Pending[]): string => head?.event.at ?? ''
