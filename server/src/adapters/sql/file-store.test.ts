import { fileStoreContract } from '../../services/assets/ports/file-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlAssetStore } from './asset-store.ts'
import { SqlFileStore } from './file-store.ts'

fileStoreContract('sqlite', async () => {
  const database = await openTestDatabase()
  return { assets: new SqlAssetStore(database), files: new SqlFileStore(database) }
})
