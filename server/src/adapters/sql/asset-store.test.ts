import { assetStoreContract } from '../../services/assets/ports/asset-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlAssetStore } from './asset-store.ts'
import { all, statement } from './database.ts'

assetStoreContract('sqlite', async () => {
  const database = await openTestDatabase()
  const events = async () => {
    const rows = await database.read(() => all<{ event: string }>(statement('select event from assets_outbox order by number')))
    return rows.map(({ event }) => (JSON.parse(event) as { name: string }).name)
  }
  return { assets: new SqlAssetStore(database), events }
})
