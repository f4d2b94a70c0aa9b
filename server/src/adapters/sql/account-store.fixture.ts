import type { OpenStores } from '../../services/identity/ports/account-store.samples.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlAccountStore, SqlRoleStore, SqlUserStore } from './account-store.ts'
import { SqlLockOutStore, SqlSessionStore, SqlTokenStore } from './session-store.ts'
import { outboxEvents } from './testing.ts'

/** For tests only. */
export const openIdentityStores: OpenStores = async () => {
  const database = await openTestDatabase()
  return {
    accounts: new SqlAccountStore(database),
    users: new SqlUserStore(database),
    roles: new SqlRoleStore(database),
    sessions: new SqlSessionStore(database),
    tokens: new SqlTokenStore(database),
    lockOuts: new SqlLockOutStore(database),
    events: () => outboxEvents(database, 'identity'),
  }
}
