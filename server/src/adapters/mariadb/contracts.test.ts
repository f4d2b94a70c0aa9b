import { afterAll, describe } from 'vitest'
import { assetStoreContract } from '../../services/assets/ports/asset-store.contract.ts'
import { jobListContract } from '../../services/jobs/ports/job-list.contract.ts'
import { jobQueueContract } from '../../services/jobs/ports/job-queue.contract.ts'
import { commandOutboxContract } from '../../services/workflows/ports/command-outbox.contract.ts'
import { definitionStoreContract } from '../../services/workflows/ports/definition-store.contract.ts'
import { runStoreContract } from '../../services/workflows/ports/run-store.contract.ts'
import { SqlAssetStore } from '../sql/asset-store.ts'
import { SqlDefinitionStore } from '../sql/definition-store.ts'
import { openJobStores, openRunStores, outboxEvents } from '../sql/testing.ts'
import { mariadbDatabaseTests } from './database.suite.ts'
import { mariadbForTests } from './testing.ts'

const mariadb = await mariadbForTests(['platform', 'assets', 'jobs', 'workflows'])
afterAll(() => mariadb?.stop())

describe.skipIf(mariadb === null)('on a real MariaDB', () => {
  const open = () => mariadb!.open()
  mariadbDatabaseTests(open)

  jobQueueContract('mariadb', async (clock) => openJobStores(await open(), clock))
  jobListContract('mariadb', async (clock) => openJobStores(await open(), clock))
  runStoreContract('mariadb', async () => openRunStores(await open()))
  commandOutboxContract('mariadb', async () => openRunStores(await open()))
  definitionStoreContract('mariadb', async () => {
    const database = await open()
    return { definitions: new SqlDefinitionStore(database), events: () => outboxEvents(database, 'workflows') }
  })
  assetStoreContract('mariadb', async () => {
    const database = await open()
    return { assets: new SqlAssetStore(database), events: () => outboxEvents(database, 'assets') }
  })
})
