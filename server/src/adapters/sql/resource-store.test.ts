import { resourceStoreContract } from '../../services/resources/ports/resource-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlResourceStore } from './resource-store.ts'
import { outboxEvents } from './testing.ts'

resourceStoreContract('sqlite', async () => {
  const database = await openTestDatabase()
  return { store: new SqlResourceStore(database), events: () => outboxEvents(database, 'resources') }
})
