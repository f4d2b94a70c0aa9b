import { afterAll, describe } from 'vitest'
import { resourceStoreContract } from '../../services/resources/ports/resource-store.contract.ts'
import { transferStoreContract } from '../../services/transfer/ports/transfer-store.contract.ts'
import { SqlResourceStore } from '../sql/resource-store.ts'
import { outboxEvents } from '../sql/testing.ts'
import { SqlTransferStore } from '../sql/transfer-store.ts'
import { mariadbForTests } from './testing.ts'

const mariadb = await mariadbForTests(['platform', 'resources', 'transfer'])
afterAll(() => mariadb?.stop())

describe.skipIf(mariadb === null)('on a real MariaDB', () => {
  transferStoreContract('mariadb', async () => new SqlTransferStore(await mariadb!.open()))
  resourceStoreContract('mariadb', async () => {
    const database = await mariadb!.open()
    return { store: new SqlResourceStore(database), events: () => outboxEvents(database, 'resources') }
  })
})
