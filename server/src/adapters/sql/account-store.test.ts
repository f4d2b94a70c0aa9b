import { accountStoreContract } from '../../services/identity/ports/account-store.contract.ts'
import { sessionStoreContract } from '../../services/identity/ports/session-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { accountStore, roleStore, userStore } from './account-store.ts'
import { lockOutStore, sessionStore, tokenStore } from './session-store.ts'
import { outboxEvents } from './testing.ts'

const open = async () => {
  const database = await openTestDatabase()
  return {
    accounts: accountStore(database),
    users: userStore(database),
    roles: roleStore(database),
    sessions: sessionStore(database),
    tokens: tokenStore(database),
    lockOuts: lockOutStore(database),
    events: () => outboxEvents(database, 'identity'),
  }
}

accountStoreContract('sqlite', open)
sessionStoreContract('sqlite', open)
