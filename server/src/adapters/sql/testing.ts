import type { Clock } from '../../lib/clock.ts'
import type { JobStoresUnderTest } from '../../services/jobs/ports/job-queue.samples.ts'
import type { RunStoreUnderTest } from '../../services/workflows/ports/run-store.samples.ts'
import { SqlCommandOutbox } from './command-outbox.ts'
import { all, statement, type SqlDatabase } from './database.ts'
import { SqlJobList, SqlJobLog } from './job-list.ts'
import { SqlJobQueue } from './job-queue.ts'
import type { OutboxService } from './outbox.ts'
import { SqlRunStore } from './run-store.ts'

/** The names of the events that were committed to an outbox, oldest first. For tests only. */
export async function outboxEvents(database: SqlDatabase, service: OutboxService): Promise<string[]> {
  const rows = await database.read(() => all<{ event: string }>(statement(`select event from ${service}_outbox order by number`)))
  return rows.map(({ event }) => (JSON.parse(event) as { name: string }).name)
}

/** What the contracts of the job ports look at together. For tests only. */
export const openJobStores = (database: SqlDatabase, clock: Clock): JobStoresUnderTest => ({
  queue: new SqlJobQueue(database, clock),
  list: new SqlJobList(database),
  log: new SqlJobLog(database),
  events: () => outboxEvents(database, 'jobs'),
})

/** What the contracts of runs and their commands look at together. For tests only. */
export const openRunStores = (database: SqlDatabase): RunStoreUnderTest => ({
  runs: new SqlRunStore(database),
  commands: new SqlCommandOutbox(database),
  events: () => outboxEvents(database, 'workflows'),
})
