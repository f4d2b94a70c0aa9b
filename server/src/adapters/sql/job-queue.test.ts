import { jobQueueContract } from '../../services/jobs/ports/job-queue.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlJobList, SqlJobLog } from './job-list.ts'
import { SqlJobQueue } from './job-queue.ts'
import { outboxEvents } from './testing.ts'

jobQueueContract('sqlite', async (clock) => {
  const database = await openTestDatabase()
  return {
    queue: new SqlJobQueue(database, clock),
    list: new SqlJobList(database),
    log: new SqlJobLog(database),
    events: () => outboxEvents(database, 'jobs'),
  }
})
