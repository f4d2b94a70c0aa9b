import type { EventEnvelope } from '@capstan/contract/events'
import { statement, type SqlDatabase, type Statement } from './database.ts'

/** Every service with tables has an outbox table `<service>_outbox`; a relay moves its rows to the event history in order. */
export const OUTBOX_SERVICES = ['identity', 'assets', 'resources', 'workflows', 'jobs', 'transfer'] as const
export type OutboxService = (typeof OUTBOX_SERVICES)[number]

/** Appends events inside the caller's unit, so that a change and its event are committed together or not at all. */
export function* appendEvents(
  database: SqlDatabase,
  service: OutboxService,
  events: readonly EventEnvelope[],
): Generator<Statement, void, unknown> {
  if (events.length === 0) return
  for (const event of events) {
    yield statement(`insert into ${service}_outbox (account_id, event_id, event) values (?, ?, ?)`, [
      event.accountId,
      event.id,
      JSON.stringify(event),
    ])
  }
  database.markEvents()
}
