import { CapstanError } from '../../lib/errors.ts'
import type { RunFilter } from '../../services/workflows/domain/run-filter.ts'
import type { Run, UnnumberedRun } from '../../services/workflows/domain/run.ts'
import type { RunOutbox, RunPage, RunStore } from '../../services/workflows/ports/run-store.ts'
import { all, first, run as execute, statement, type SqlDatabase, type Unit } from './database.ts'
import { after, containing, equals, marks, ofAccount, oneOf, orderBy, orderOf, pageOf, select, type Condition } from './listing.ts'
import { appendEvents } from './outbox.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'
import { INSERT_RUN, insertValues, movingValues, toRun, UPDATE_RUN, type RunRow } from './run-rows.ts'

const BY_KEY = 'select * from workflows_run where account_id = ? and run_key = ?'

export class SqlRunStore implements RunStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async start(run: UnnumberedRun, outbox: (run: Run) => RunOutbox): Promise<{ run: Run; started: boolean }> {
    const database = this.#database
    return repeatOnConflict(() =>
      database.write(function* () {
        const known = yield* first<RunRow>(statement(BY_KEY, [run.accountId, run.key]))
        if (known) return { run: toRun(known), started: false }
        const row = yield* first<{ number: number }>(statement(INSERT_RUN, insertValues(run)))
        const numbered = { ...run, number: row?.number ?? 0 }
        yield* appendOutbox(database, run.accountId, outbox(numbered))
        return { run: numbered, started: true }
      }),
    )
  }

  async commit(run: Run, expectedRevision: number, outbox: RunOutbox): Promise<void> {
    const database = this.#database
    await database.write(function* () {
      const changed = yield* execute(statement(UPDATE_RUN, [...movingValues(run), run.accountId, run.id, expectedRevision]))
      if (changed === 0) throw new CapstanError('stale', `run ${run.number} was changed meanwhile: read it again and repeat the change`)
      yield* appendOutbox(database, run.accountId, outbox)
    })
  }

  async find(accountId: number, ref: string | number): Promise<Run | null> {
    const column = typeof ref === 'number' ? 'number' : 'id'
    const row = await this.#database.read(() =>
      first<RunRow>(statement(`select * from workflows_run where account_id = ? and ${column} = ?`, [accountId, ref])),
    )
    return row && toRun(row)
  }

  async findMany(accountId: number, ids: readonly string[]): Promise<Run[]> {
    if (ids.length === 0) return []
    const sql = `select * from workflows_run where account_id = ? and id in (${marks(ids)})`
    return (await this.#database.read(() => all<RunRow>(statement(sql, [accountId, ...ids])))).map(toRun)
  }

  async list(accountId: number, page: RunPage): Promise<{ items: Run[]; nextCursor: string | null }> {
    const order = orderOf({ number: 'number' }, page.sort)
    const conditions = [ofAccount(accountId), ...where(page.filter), ...after(page, order)]
    const rows = await this.#database.read(
      () => select<RunRow>('select * from workflows_run', conditions, { order: orderBy(order), limit: page.limit + 1 }),
      { mayBeStale: true },
    )
    return pageOf(page.sort, rows, page.limit, { at: ({ number }) => ({ key: number, id: number }), item: toRun })
  }

  async openChildren(accountId: number, parentRunId: string): Promise<string[]> {
    const sql = `select id from workflows_run where account_id = ? and parent_run_id = ? and status in ('running', 'paused')`
    return (await this.#database.read(() => all<{ id: string }>(statement(sql, [accountId, parentRunId])))).map(({ id }) => id)
  }

  async handled(consumer: string, eventIds: readonly string[]): Promise<Set<string>> {
    if (eventIds.length === 0) return new Set()
    const sql = `select event_id from workflows_inbox where consumer = ? and event_id in (${marks(eventIds)})`
    const rows = await this.#database.read(() => all<{ event_id: string }>(statement(sql, [consumer, ...eventIds])))
    return new Set(rows.map((row) => row.event_id))
  }

  async prune(before: { endedMs: number; handledMs: number }, limit: number): Promise<number> {
    return this.#database.write(function* () {
      // Event ids sort by time.
      yield* execute(statement('delete from workflows_inbox where event_id < ?', [earliestEventId(before.handledMs)]))
      const rows = yield* all<{ number: number }>(
        statement('select number from workflows_run where ended_at_ms < ? order by ended_at_ms limit ?', [before.endedMs, limit]),
      )
      const numbers = rows.map(({ number }) => number)
      return numbers.length === 0 ? 0 : yield* execute(statement(`delete from workflows_run where number in (${marks(numbers)})`, numbers))
    })
  }
}

/** UUIDs of version 7 begin with the time; none of this millisecond or later sorts before it. */
function earliestEventId(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-`
}

function* appendOutbox(database: SqlDatabase, accountId: number, { commands, events, handled }: RunOutbox): Unit<void> {
  for (const id of handled?.eventIds ?? [])
    yield statement('insert into workflows_inbox (consumer, event_id) values (?, ?)', [handled?.consumer, id])
  for (const command of commands)
    yield statement('insert into workflows_command (account_id, command) values (?, ?)', [accountId, JSON.stringify(command)])
  yield* appendEvents(database, 'workflows', events)
}

const where = ({ statuses, workflow, assetId, text }: RunFilter): Condition[] => [
  ...oneOf('status', statuses),
  ...equals('workflow', workflow),
  ...equals('asset_id', assetId),
  ...containing(['asset', 'reason'], text),
]
