import { idempotencyStoreContract } from '../../ports/idempotency-store.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlIdempotencyStore } from './idempotency-store.ts'

idempotencyStoreContract('sqlite', async () => new SqlIdempotencyStore(await openTestDatabase()))
