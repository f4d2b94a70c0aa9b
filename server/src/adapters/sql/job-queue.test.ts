import { jobQueueContract } from '../../services/jobs/ports/job-queue.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { openJobStores } from './testing.ts'

jobQueueContract('sqlite', async (clock) => openJobStores(await openTestDatabase(), clock))
