import { definitionStoreContract } from '../../services/workflows/ports/definition-store.contract.ts'
import { runStoreContract } from '../../services/workflows/ports/run-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlDefinitionStore } from './definition-store.ts'
import { SqlCommandOutbox, SqlRunStore } from './run-store.ts'
import { outboxEvents } from './testing.ts'

runStoreContract('sqlite', async () => {
  const database = await openTestDatabase()
  return { runs: new SqlRunStore(database), commands: new SqlCommandOutbox(database), events: () => outboxEvents(database, 'workflows') }
})

definitionStoreContract('sqlite', async () => {
  const database = await openTestDatabase()
  return { definitions: new SqlDefinitionStore(database), events: () => outboxEvents(database, 'workflows') }
})
