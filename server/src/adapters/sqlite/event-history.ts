import type { EventEnvelope } from '@capstan/contract/events'
import { all, first, run, statement, type SqlDatabase } from '../sql/database.ts'
import type { EventFilter, EventHistory, SequencedEvent } from '../../services/events/ports/event-history.ts'

const COLUMNS = { accountId: 'account_id', assetId: 'asset_id', runId: 'run_id', jobId: 'job_id', name: 'name' } as const

export class SqliteEventHistory implements EventHistory {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async read(filter: EventFilter, page: { cursor: number | null; limit: number; newestFirst: boolean }): Promise<SequencedEvent[]> {
    const where: string[] = []
    const parameters: unknown[] = []
    for (const key of Object.keys(COLUMNS) as (keyof EventFilter)[]) {
      if (filter[key] === undefined) continue
      where.push(`${COLUMNS[key]} = ?`)
      parameters.push(filter[key])
    }
    if (page.cursor !== null) {
      where.push(page.newestFirst ? 'sequence < ?' : 'sequence > ?')
      parameters.push(page.cursor)
    }
    const sql = `select sequence, event from events_history ${where.length > 0 ? `where ${where.join(' and ')}` : ''} order by sequence ${page.newestFirst ? 'desc' : 'asc'} limit ?`
    const rows = await this.#database.read(() => all<{ sequence: number; event: string }>(statement(sql, [...parameters, page.limit])))
    return rows.map(({ sequence, event }) => ({ ...(JSON.parse(event) as EventEnvelope), sequence }))
  }

  async head(): Promise<number> {
    const row = await this.#database.read(() =>
      first<{ head: number | null }>(statement('select max(sequence) as head from events_history')),
    )
    return row?.head ?? 0
  }

  prune(beforeMs: number, limit: number): Promise<number> {
    const sql = `delete from events_history where sequence in (select sequence from events_history where at_ms < ? and sequence <= (select coalesce(min(position), 9007199254740991) from events_consumer) order by sequence limit ?)`
    return this.#database.write(() => run(statement(sql, [beforeMs, limit])))
  }
}
