import { first, run, statement, type SqlDatabase, type Unit } from '../sql/database.ts'
import { OUTBOX_SERVICES, type OutboxService } from '../sql/outbox.ts'

const ROWS_MAX = 500

const RETRY_MS = 1_000

/**
 * Moves outbox rows to the event history in commit order. Outboxes and history lie in one store with one writer, so a move may share the commit of
 * the change itself: order of rows is order of commits here.
 */
export class SqliteEventRelay {
  readonly #database: SqlDatabase
  readonly #moved: () => void
  #running: Promise<void> | null = null
  #again = false

  /** `moved` is called after each commit that made the history grow. */
  constructor(database: SqlDatabase, moved: () => void) {
    this.#database = database
    this.#moved = moved
    database.onEvents(() => this.#pumpSoon())
  }

  /** Moves all there is; calls during a run make it look once more. What fails now is tried again with the next event, or by the next call. */
  pump(): Promise<void> {
    this.#again = true
    return (this.#running ??= this.#run().finally(() => {
      this.#running = null
      if (this.#again) this.pump().catch(() => {})
    }))
  }

  /** What could not be moved, on a full disk say, stays in its outbox and is moved later. */
  #pumpSoon(): void {
    this.pump().catch(() => setTimeout(() => this.#pumpSoon(), RETRY_MS).unref())
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false
      const rows = await this.#database.write(moveAll)
      if (rows > 0) this.#moved()
      if (rows >= ROWS_MAX) this.#again = true
    }
  }
}

function* moveAll(): Unit<number> {
  let rows = 0
  for (const service of OUTBOX_SERVICES) rows += yield* move(service)
  return rows
}

function* move(service: OutboxService): Unit<number> {
  const last = yield* first<{ number: number | null }>(
    statement(`select max(number) as number from (select number from ${service}_outbox order by number limit ${ROWS_MAX})`),
  )
  if (last?.number == null) return 0
  yield* run(
    statement(
      `insert into events_history (event_id, account_id, name, at_ms, asset_id, run_id, job_id, event)
       select event_id, account_id, event ->> 'name', cast(unixepoch(event ->> 'at', 'subsec') * 1000 as integer), event ->> 'assetId', event ->> 'runId', event ->> 'jobId', event
       from ${service}_outbox where number <= ? order by number on conflict (event_id) do nothing`,
      [last.number],
    ),
  )
  return yield* run(statement(`delete from ${service}_outbox where number <= ?`, [last.number]))
}
