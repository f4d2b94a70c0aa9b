import { afterAll, describe } from 'vitest'
import { assetStoreContract } from '../../services/assets/ports/asset-store.contract.ts'
import { jobQueueContract } from '../../services/jobs/ports/job-queue.contract.ts'
import { definitionStoreContract } from '../../services/workflows/ports/definition-store.contract.ts'
import { runStoreContract } from '../../services/workflows/ports/run-store.contract.ts'
import { SqlAssetStore } from '../sql/asset-store.ts'
import { SqlDefinitionStore } from '../sql/definition-store.ts'
import { SqlJobList, SqlJobLog } from '../sql/job-list.ts'
import { SqlJobQueue } from '../sql/job-queue.ts'
import { SqlCommandOutbox, SqlRunStore } from '../sql/run-store.ts'
import { outboxEvents } from '../sql/testing.ts'
import { mariadbDatabaseTests } from './database.suite.ts'
import { mariadbForTests } from './testing.ts'

const mariadb = await mariadbForTests(['platform', 'assets', 'jobs', 'workflows'])
afterAll(() => mariadb?.stop())

describe.skipIf(mariadb === null)('on a real MariaDB', () => {
  const open = () => mariadb!.open()
  mariadbDatabaseTests(open)

  jobQueueContract('mariadb', async (clock) => {
    const database = await open()
    return {
      queue: new SqlJobQueue(database, clock),
      list: new SqlJobList(database),
      log: new SqlJobLog(database),
      events: () => outboxEvents(database, 'jobs'),
    }
  })
  runStoreContract('mariadb', async () => {
    const database = await open()
    return { runs: new SqlRunStore(database), commands: new SqlCommandOutbox(database), events: () => outboxEvents(database, 'workflows') }
  })
  definitionStoreContract('mariadb', async () => {
    const database = await open()
    return { definitions: new SqlDefinitionStore(database), events: () => outboxEvents(database, 'workflows') }
  })
  assetStoreContract('mariadb', async () => {
    const database = await open()
    return { assets: new SqlAssetStore(database), events: () => outboxEvents(database, 'assets') }
  })
})
