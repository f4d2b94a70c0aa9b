import { renditionStoreContract } from '../../services/assets/ports/rendition-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlAssetStore } from './asset-store.ts'
import { SqlRenditionStore } from './rendition-store.ts'
import { outboxEvents } from './testing.ts'

renditionStoreContract('sqlite', async () => {
  const database = await openTestDatabase()
  return {
    assets: new SqlAssetStore(database),
    renditions: new SqlRenditionStore(database),
    events: () => outboxEvents(database, 'assets'),
  }
})
