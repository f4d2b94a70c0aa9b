import { sessionStoreContract } from '../../services/identity/ports/session-store.contract.ts'
import { openIdentityStores } from './account-store.fixture.ts'

sessionStoreContract('sqlite', openIdentityStores)
