import { assetStoreContract } from '../../services/assets/ports/asset-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlAssetStore } from './asset-store.ts'
import { outboxEvents } from './testing.ts'

assetStoreContract('sqlite', async () => {
  const database = await openTestDatabase()
  return { assets: new SqlAssetStore(database), events: () => outboxEvents(database, 'assets') }
})
