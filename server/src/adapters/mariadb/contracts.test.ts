import { afterAll, describe } from 'vitest'
import { idempotencyStoreContract } from '../../ports/idempotency-store.contract.ts'
import { numberBlocksContract } from '../../ports/number-blocks.contract.ts'
import { assetStoreContract } from '../../services/assets/ports/asset-store.contract.ts'
import { fileStoreContract } from '../../services/assets/ports/file-store.contract.ts'
import { markStoreContract } from '../../services/assets/ports/mark-store.contract.ts'
import { renditionStoreContract } from '../../services/assets/ports/rendition-store.contract.ts'
import { accountStoreContract } from '../../services/identity/ports/account-store.contract.ts'
import { sessionStoreContract } from '../../services/identity/ports/session-store.contract.ts'
import { jobListContract } from '../../services/jobs/ports/job-list.contract.ts'
import { jobQueueContract } from '../../services/jobs/ports/job-queue.contract.ts'
import { quotaStoreContract } from '../../services/resources/ports/quota-store.contract.ts'
import { resourceStoreContract } from '../../services/resources/ports/resource-store.contract.ts'
import { transferStoreContract } from '../../services/transfer/ports/transfer-store.contract.ts'
import { commandOutboxContract } from '../../services/workflows/ports/command-outbox.contract.ts'
import { definitionStoreContract } from '../../services/workflows/ports/definition-store.contract.ts'
import { runStoreContract } from '../../services/workflows/ports/run-store.contract.ts'
import { identityStoresOf } from '../sql/account-store.fixture.ts'
import { SqlAssetStore } from '../sql/asset-store.ts'
import { SqlDefinitionStore } from '../sql/definition-store.ts'
import { SqlFileStore } from '../sql/file-store.ts'
import { SqlIdempotencyStore } from '../sql/idempotency-store.ts'
import { SqlNumberBlocks } from '../sql/number-blocks.ts'
import { SqlMarkStore } from '../sql/mark-store.ts'
import { SqlRenditionStore } from '../sql/rendition-store.ts'
import { SqlQuotaStore } from '../sql/quota-store.ts'
import { SqlResourceStore } from '../sql/resource-store.ts'
import { openJobStores, openRunStores, outboxEvents } from '../sql/testing.ts'
import { SqlTransferStore } from '../sql/transfer-store.ts'
import { mariadbForTests } from './testing.ts'

const mariadb = await mariadbForTests()
afterAll(() => mariadb?.stop())

/** Every port that adapters/sql serves, on the other dialect. */
describe.skipIf(mariadb === null)('on a real MariaDB', () => {
  const open = () => mariadb!.open()

  numberBlocksContract('mariadb', async () => new SqlNumberBlocks(await open()))
  idempotencyStoreContract('mariadb', async () => new SqlIdempotencyStore(await open()))

  accountStoreContract('mariadb', async () => identityStoresOf(await open()))
  sessionStoreContract('mariadb', async () => identityStoresOf(await open()))

  assetStoreContract('mariadb', async () => {
    const database = await open()
    return { assets: new SqlAssetStore(database), events: () => outboxEvents(database, 'assets') }
  })
  fileStoreContract('mariadb', async () => {
    const database = await open()
    return { assets: new SqlAssetStore(database), files: new SqlFileStore(database) }
  })
  renditionStoreContract('mariadb', async () => {
    const database = await open()
    const events = () => outboxEvents(database, 'assets')
    return { assets: new SqlAssetStore(database), renditions: new SqlRenditionStore(database), events }
  })

  markStoreContract('mariadb', async () => {
    const database = await open()
    return { marks: new SqlMarkStore(database), events: () => outboxEvents(database, 'assets') }
  })

  jobQueueContract('mariadb', async (clock) => openJobStores(await open(), clock))
  jobListContract('mariadb', async (clock) => openJobStores(await open(), clock))
  runStoreContract('mariadb', async () => openRunStores(await open()))
  commandOutboxContract('mariadb', async () => openRunStores(await open()))
  definitionStoreContract('mariadb', async () => {
    const database = await open()
    return { definitions: new SqlDefinitionStore(database), events: () => outboxEvents(database, 'workflows') }
  })

  resourceStoreContract('mariadb', async () => {
    const database = await open()
    return { store: new SqlResourceStore(database), events: () => outboxEvents(database, 'resources') }
  })
  quotaStoreContract('mariadb', async () => {
    const database = await open()
    return { store: new SqlQuotaStore(database), events: () => outboxEvents(database, 'resources') }
  })
  transferStoreContract('mariadb', async () => {
    const database = await open()
    return { store: new SqlTransferStore(database), events: () => outboxEvents(database, 'transfer') }
  })
})
