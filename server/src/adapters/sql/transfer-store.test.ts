import { transferStoreContract } from '../../services/transfer/ports/transfer-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { outboxEvents } from './testing.ts'
import { SqlTransferStore } from './transfer-store.ts'

transferStoreContract('sqlite', async () => {
  const database = await openTestDatabase()
  return { store: new SqlTransferStore(database), events: () => outboxEvents(database, 'transfer') }
})
