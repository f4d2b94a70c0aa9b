import { commandOutboxContract } from '../../services/workflows/ports/command-outbox.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { openRunStores } from './testing.ts'

commandOutboxContract('sqlite', async () => openRunStores(await openTestDatabase()))
