import { definitionStoreContract } from '../../services/workflows/ports/definition-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlDefinitionStore } from './definition-store.ts'
import { outboxEvents } from './testing.ts'

definitionStoreContract('sqlite', async () => {
  const database = await openTestDatabase()
  return { definitions: new SqlDefinitionStore(database), events: () => outboxEvents(database, 'workflows') }
})
