import type { OpenStores } from '../../services/identity/ports/account-store.samples.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlAccountStore, SqlRoleStore, SqlUserStore } from './account-store.ts'
import type { SqlDatabase } from './database.ts'
import { SqlLockOutStore, SqlSessionStore, SqlTokenStore } from './session-store.ts'
import { outboxEvents } from './testing.ts'

/** What the contracts of the identity ports look at together. For tests only. */
export const identityStoresOf = (database: SqlDatabase): Awaited<ReturnType<OpenStores>> => ({
  accounts: new SqlAccountStore(database),
  users: new SqlUserStore(database),
  roles: new SqlRoleStore(database),
  sessions: new SqlSessionStore(database),
  tokens: new SqlTokenStore(database),
  lockOuts: new SqlLockOutStore(database),
  events: () => outboxEvents(database, 'identity'),
})

/** For tests only. */
export const openIdentityStores: OpenStores = async () => identityStoresOf(await openTestDatabase())
