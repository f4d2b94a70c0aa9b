import { first, run, statement } from '../sql/database.ts'
import type { MariadbDatabase } from './database.ts'
import { MariadbLease } from './lease.ts'

/** How far a consumer of events is, held by one process of all. */
export class MariadbConsumerState {
  readonly #database: MariadbDatabase
  readonly #consumer: string
  readonly #lease: MariadbLease

  constructor(database: MariadbDatabase, { consumer, holder }: { consumer: string; holder: string }) {
    this.#database = database
    this.#consumer = consumer
    this.#lease = new MariadbLease(database, { name: `consumer/${consumer}`, holder })
  }

  /** Answers the fence, another one after each time that somebody else had it; null while another process has it. */
  hold(byForce: boolean): Promise<number | null> {
    return this.#lease.hold(byForce)
  }

  /** `starts` counts those that handed out events and did not come far enough to save. */
  async load(): Promise<{ position: number; starts: number }> {
    const sql = 'select position, starts from events_consumer where consumer = ?'
    const row = await this.#database.read(() => first<{ position: number; starts: number }>(statement(sql, [this.#consumer])))
    return row ?? { position: 0, starts: 0 }
  }

  /** Before the first events are handed out. */
  async begin(): Promise<void> {
    await this.#write(
      'insert into events_consumer (consumer, position, starts) values (?, 0, 1) on duplicate key update starts = starts + 1',
      [this.#consumer],
    )
  }

  /** Throws `conflict` when another process took over. */
  async save(position: number): Promise<void> {
    const sql = `insert into events_consumer (consumer, position, starts) values (?, ?, 0)
      on duplicate key update position = greatest(position, values(position)), starts = 0`
    await this.#write(sql, [this.#consumer, position])
  }

  async setAside(sequence: number, reason: string, atMs: number): Promise<void> {
    await this.#write('insert ignore into events_dead_letter (consumer, sequence, reason, at_ms) values (?, ?, ?, ?)', [
      this.#consumer,
      sequence,
      reason,
      atMs,
    ])
  }

  release(): Promise<void> {
    return this.#lease.release()
  }

  async #write(sql: string, parameters: readonly unknown[]): Promise<void> {
    const lease = this.#lease
    await this.#database.write(function* () {
      yield* lease.requireFence()
      yield* run(statement(sql, parameters))
    })
  }
}

/** The sequence up to which every known consumer has read; everything while there is none. */
export async function positionOfSlowest(database: MariadbDatabase): Promise<number> {
  const row = await database.read(() =>
    first<{ position: number | null }>(statement('select min(position) as position from events_consumer')),
  )
  return row?.position ?? Number.MAX_SAFE_INTEGER
}
