import { eventHistoryContract } from '../../services/events/ports/event-history.contract.ts'
import { appendEvents } from '../sql/outbox.ts'
import { SqliteEventHistory } from './event-history.ts'
import { SqliteEventRelay } from './event-relay.ts'
import { openTestDatabase } from './testing.ts'

eventHistoryContract('sqlite', async () => {
  const database = await openTestDatabase()
  const relay = new SqliteEventRelay(database, () => {})
  return {
    history: new SqliteEventHistory(database),
    append: async (events) => {
      await database.write(() => appendEvents(database, 'assets', events))
      await relay.pump()
    },
  }
})
