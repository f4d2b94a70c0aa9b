import { markStoreContract } from '../../services/assets/ports/mark-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlMarkStore } from './mark-store.ts'
import { outboxEvents } from './testing.ts'

markStoreContract('sqlite', async () => {
  const database = await openTestDatabase()
  return { marks: new SqlMarkStore(database), events: () => outboxEvents(database, 'assets') }
})
