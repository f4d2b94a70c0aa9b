import { expect, test } from 'vitest'
import { eventBusContract, sampleEvent, type EventBusUnderTest } from '../../ports/event-bus.contract.ts'
import { systemClock } from '../../lib/clock.ts'
import { all, statement } from '../sql/database.ts'
import { appendEvents } from '../sql/outbox.ts'
import type { SqliteDatabase } from './database.ts'
import { SqliteEventBus } from './event-bus.ts'
import { SqliteEventRelay } from './event-relay.ts'
import { openTestDatabase } from './testing.ts'

function busOver(database: SqliteDatabase): EventBusUnderTest {
  const bus = new SqliteEventBus(database, systemClock)
  const relay = new SqliteEventRelay(database, () => bus.wake())
  const emit = async (names: readonly string[]) => {
    await database.write(() => appendEvents(database, 'assets', names.map(sampleEvent)))
    await relay.pump()
  }
  return { bus, emit, reopen: async () => busOver(database) }
}

eventBusContract('sqlite', async () => busOver(await openTestDatabase()))

test('the relay moves an event once, whatever happens in between, and leaves no outbox row', async () => {
  const database = await openTestDatabase()
  const relay = new SqliteEventRelay(database, () => {})
  await database.write(() => appendEvents(database, 'jobs', [sampleEvent('job.completed')]))
  await Promise.all([relay.pump(), relay.pump(), relay.pump()])
  const count = async (table: string) =>
    (await database.read(() => all<{ n: number }>(statement(`select count(*) as n from ${table}`))))[0]?.n
  expect(await count('events_history')).toBe(1)
  expect(await count('jobs_outbox')).toBe(0)
})
