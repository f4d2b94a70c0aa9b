import { accountStoreContract } from '../../services/identity/ports/account-store.contract.ts'
import { openIdentityStores } from './account-store.fixture.ts'

accountStoreContract('sqlite', openIdentityStores)
