import { all, statement, type SqlDatabase } from './database.ts'
import type { OutboxService } from './outbox.ts'

/** The names of the events that were committed to an outbox, oldest first. For tests only. */
export async function outboxEvents(database: SqlDatabase, service: OutboxService): Promise<string[]> {
  const rows = await database.read(() => all<{ event: string }>(statement(`select event from ${service}_outbox order by number`)))
  return rows.map(({ event }) => (JSON.parse(event) as { name: string }).name)
}
