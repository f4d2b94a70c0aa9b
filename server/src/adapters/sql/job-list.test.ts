import { jobListContract } from '../../services/jobs/ports/job-list.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { openJobStores } from './testing.ts'

jobListContract('sqlite', async (clock) => openJobStores(await openTestDatabase(), clock))
