import { join } from 'node:path'
import type { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import { SqlCommandOutbox } from '../../src/adapters/sql/command-outbox.ts'
import { SqlRunStore } from '../../src/adapters/sql/run-store.ts'
import { SqlDefinitionStore } from '../../src/adapters/sql/definition-store.ts'
import { SqlJobList, SqlJobLog } from '../../src/adapters/sql/job-list.ts'
import { SqlJobQueue } from '../../src/adapters/sql/job-queue.ts'
import { SqliteDatabase } from '../../src/adapters/sqlite/database.ts'
import { SqliteEventBus } from '../../src/adapters/sqlite/event-bus.ts'
import { SqliteEventRelay } from '../../src/adapters/sqlite/event-relay.ts'
import { migrateSqlite } from '../../src/adapters/sqlite/migrate.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { EventHandler } from '../../src/ports/event-bus.ts'
import { systemPrincipal } from '../../src/services/identity/api.ts'
import type { ExecutorDefinition } from '../../src/services/jobs/api.ts'
import { createJobs, type Pools } from '../../src/services/jobs/index.ts'
import { createWorkflows } from '../../src/services/workflows/index.ts'
import { deployDefinition } from '../../src/services/workflows/use-cases/deploy-definition.ts'

export const OPERATOR = systemPrincipal(1, 'Test', ['see', 'operate', 'administer'])
const POOLS: Pools = { light: 8, io: 4, encode: 2 }

type Options = {
  executors: readonly ExecutorDefinition[]
  definitions: readonly WorkflowDefinition[]
  pools?: Pools
  onError?: (error: Error, what: string) => void
}

/** Jobs and workflows on a real database in `folder`, wired as the embedded set wires them. */
export async function openEngine(folder: string, { executors, definitions, pools = POOLS, onError = () => {} }: Options) {
  const database = new SqliteDatabase(join(folder, 'engine.db'))
  await migrateSqlite(database, { nowMs: systemClock.now() })
  const bus = new SqliteEventBus(database, systemClock)
  const relay = new SqliteEventRelay(database, () => bus.wake())
  const queue = new SqlJobQueue(database, systemClock)
  const common = { clock: systemClock, onError }
  const jobs = createJobs({
    ...common,
    queue,
    list: new SqlJobList(database),
    log: new SqlJobLog(database),
    executors,
    pools,
    tmpDir: join(folder, 'tmp'),
    workerName: 'test',
  })
  const runs = new SqlRunStore(database)
  const store = new SqlDefinitionStore(database)
  const actions = new Set(executors.map(({ kind }) => kind))
  const findAsset = async () => null
  const workflows = createWorkflows({
    ...common,
    runs,
    definitions: store,
    commands: new SqlCommandOutbox(database),
    jobs: jobs.api,
    actions,
    findAsset,
  })
  for (const definition of definitions) await deployDefinition({ definitions: store, actions, clock: systemClock })(OPERATOR, definition)
  return {
    database,
    bus,
    jobs,
    workflows,
    runs,
    queue,
    async start(onRunEvents: EventHandler = async () => {}) {
      await bus.subscribe({ consumer: 'test', names: ['run.completed', 'run.failed', 'run.cancelled'], batchMax: 500 }, onRunEvents)
      await workflows.start(bus)
      await jobs.start()
      await relay.pump()
    },
    async close() {
      await jobs.stop(0)
      await workflows.stop()
      await relay.pump()
      await bus.close()
      await database.close()
    },
  }
}
