import { quotaStoreContract } from '../../services/resources/ports/quota-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlQuotaStore } from './quota-store.ts'
import { outboxEvents } from './testing.ts'

quotaStoreContract('sqlite', async () => {
  const database = await openTestDatabase()
  return { store: new SqlQuotaStore(database), events: () => outboxEvents(database, 'resources') }
})
