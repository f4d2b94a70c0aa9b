import { runStoreContract } from '../../services/workflows/ports/run-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { openRunStores } from './testing.ts'

runStoreContract('sqlite', async () => openRunStores(await openTestDatabase()))
