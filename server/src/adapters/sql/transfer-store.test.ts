import { transferStoreContract } from '../../services/transfer/ports/transfer-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlTransferStore } from './transfer-store.ts'

transferStoreContract('sqlite', async () => new SqlTransferStore(await openTestDatabase()))
