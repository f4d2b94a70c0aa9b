import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openMediaTools } from './adapters/ffmpeg/media-tools.ts'
import { FileBlobStore } from './adapters/files/blob-store.ts'
import { FileHasher } from './adapters/files/file-hasher.ts'
import { LocalSourceFiles } from './adapters/files/source-files.ts'
import { LocalPackages } from './adapters/files/packages.ts'
import { FileSecrets } from './adapters/files/secrets.ts'
import { FileSettings } from './adapters/files/settings.ts'
import { openFileStorage } from './adapters/files/storage.ts'
import { LocalUploadFiles } from './adapters/files/upload-files.ts'
import { LocalWatchedFolders } from './adapters/files/watched-folders.ts'
import { SqlAccountStore, SqlRoleStore, SqlUserStore } from './adapters/sql/account-store.ts'
import { SqlAssetStore } from './adapters/sql/asset-store.ts'
import { SqlCommandOutbox } from './adapters/sql/command-outbox.ts'
import type { SqlDatabase } from './adapters/sql/database.ts'
import { SqlDefinitionStore } from './adapters/sql/definition-store.ts'
import { SqlFileStore } from './adapters/sql/file-store.ts'
import { SqlIdempotencyStore } from './adapters/sql/idempotency-store.ts'
import { SqlJobList, SqlJobLog } from './adapters/sql/job-list.ts'
import { SqlJobQueue } from './adapters/sql/job-queue.ts'
import { SqlMarkStore } from './adapters/sql/mark-store.ts'
import { SqlNumberBlocks } from './adapters/sql/number-blocks.ts'
import { SqlQuotaStore } from './adapters/sql/quota-store.ts'
import { SqlRenditionStore } from './adapters/sql/rendition-store.ts'
import { SqlResourceStore } from './adapters/sql/resource-store.ts'
import { SqlRunStore } from './adapters/sql/run-store.ts'
import { SqlLockOutStore, SqlSessionStore, SqlTokenStore } from './adapters/sql/session-store.ts'
import { SqlTransferStore } from './adapters/sql/transfer-store.ts'
import { SqliteAuditLog } from './adapters/sqlite/audit-log.ts'
import { checkSqliteFile, SqliteDatabase } from './adapters/sqlite/database.ts'
import { SqliteEventBus } from './adapters/sqlite/event-bus.ts'
import { SqliteEventHistory } from './adapters/sqlite/event-history.ts'
import { SqliteEventRelay } from './adapters/sqlite/event-relay.ts'
import { migrateSqlite } from './adapters/sqlite/migrate.ts'
import { openSqliteSearchIndex } from './adapters/sqlite/search-index.ts'
import type { Config, StoreSettings } from './config.ts'
import { systemClock, type Clock } from './lib/clock.ts'
import { CapstanError } from './lib/errors.ts'
import type { EventBus } from './ports/event-bus.ts'
import type { AuditLog } from './services/audit/ports/audit-log.ts'
import type { EventHistory } from './services/events/ports/event-history.ts'
import type { Job } from './services/jobs/domain/job.ts'
import type { JobQueue } from './services/jobs/ports/job-queue.ts'
import type { DataFolder } from './start/data-folder.ts'
import { parseLiveSettings } from './start/live-settings.ts'

/** The ports by what they promise, where the sets have different adapters. */
type EventPorts = {
  clock: Clock
  bus: EventBus
  /** Gives committed events their order. */
  relay: { pump: () => Promise<void> }
  history: EventHistory
  auditLog: AuditLog
  /** Calls `listener` when another process has work for one of these pools. */
  onWork: (pools: readonly Job['pool'][], listener: () => void) => void
  /** Names the leases of this process; the same after a restart. */
  workerName: string
  /** Throws when the file is no whole database. */
  checkDatabase: (path: string) => void
  copyDatabase: (path: string) => Promise<void>
  close: () => Promise<void>
}

export type Ports = Omit<ReturnType<typeof relationalPorts>, 'queue'> & { queue: JobQueue } & Omit<
    Awaited<ReturnType<typeof openLocalPorts>>,
    'hasher'
  > &
  EventPorts

const HASH_THREADS = 2

/** The embedded set: SQLite and the local file system, nothing else to install. */
async function openEmbedded(config: Config, folder: DataFolder): Promise<Ports> {
  const clock = systemClock
  const database = new SqliteDatabase(folder.database)
  const backupPath = join(folder.root, `capstan-before-migration-${new Date(clock.now()).toISOString().slice(0, 10)}.db`)
  await migrateSqlite(database, { nowMs: clock.now(), backupPath })
  const bus = new SqliteEventBus(database, clock)
  const { hasher, ...local } = await openLocalPorts(config, folder)
  return {
    ...relationalPorts(database, clock),
    ...local,
    clock,
    bus,
    relay: new SqliteEventRelay(database, () => bus.wake()),
    history: new SqliteEventHistory(database),
    auditLog: new SqliteAuditLog(database),
    onWork: () => {},
    workerName: 'embedded',
    checkDatabase: checkSqliteFile,
    copyDatabase: (path) => database.backupTo(path),
    close: async () => {
      await bus.close()
      local.settings.close()
      await local.searchIndex.close()
      await hasher.close()
      await database.close()
    },
  }
}

/** The cluster set: servers that exist for it, named by CAPSTAN_<STORE>_URL. What it has no adapters for yet is this process's own. */
async function openCluster(config: Config, folder: DataFolder): Promise<Ports> {
  const cluster = await loadCluster()
  const servers = await openServers(config)
  const { database, documents, broker } = servers
  const clock = await cluster.DatabaseClock.start(database)
  const holder = `${hostname()}/${randomUUID()}`
  const signals = new cluster.RabbitmqSignals(broker)
  const history = await cluster.MongodbEventHistory.open(documents, () => cluster.positionOfSlowest(database))
  const stateOf = (consumer: string) => new cluster.MariadbConsumerState(database, { consumer, holder })
  const bus = new cluster.RabbitmqEventBus({ broker, signals, history, stateOf, clock })
  const relay = new cluster.MariadbEventRelay(database, new cluster.MariadbLease(database, { name: 'relay', holder }), {
    append: (events) => history.append(events),
    publish: (events) => bus.publish(events),
    tellHolder: () => signals.emit(OUTBOX_GREW),
  })
  signals.on(OUTBOX_GREW, () => void relay.pump().catch(() => {}))
  const relational = relationalPorts(database, clock)
  const { hasher, ...local } = await openLocalPorts(config, folder)
  return {
    ...relational,
    ...local,
    clock,
    bus,
    relay,
    history,
    queue: cluster.announcing(relational.queue, signals),
    onWork: (pools, listener) => cluster.onWork(signals, pools, listener),
    auditLog: await cluster.MongodbAuditLog.open(documents),
    workerName: `${hostname()}-${createHash('sha256').update(folder.root).digest('hex').slice(0, 12)}`,
    checkDatabase: () => refuseFileOfDatabase(),
    copyDatabase: async () => refuseFileOfDatabase(),
    close: async () => {
      await bus.close()
      await relay.close()
      await signals.close()
      clock.stop()
      local.settings.close()
      await local.searchIndex.close()
      await hasher.close()
      await servers.close()
    },
  }
}

const OUTBOX_GREW = 'outbox'

/** Their clients cost memory and time at every start, which the embedded set has no use for. */
async function loadCluster() {
  const [clock, consumerState, eventRelay, lease, mariadb, auditLog, eventHistory, mongodb, broker, eventBus, jobSignals, signals] =
    await Promise.all([
      import('./adapters/mariadb/clock.ts'),
      import('./adapters/mariadb/consumer-state.ts'),
      import('./adapters/mariadb/event-relay.ts'),
      import('./adapters/mariadb/lease.ts'),
      import('./adapters/mariadb/open.ts'),
      import('./adapters/mongodb/audit-log.ts'),
      import('./adapters/mongodb/event-history.ts'),
      import('./adapters/mongodb/database.ts'),
      import('./adapters/rabbitmq/broker.ts'),
      import('./adapters/rabbitmq/event-bus.ts'),
      import('./adapters/rabbitmq/job-signals.ts'),
      import('./adapters/rabbitmq/signals.ts'),
    ])
  return {
    ...{ ...clock, ...consumerState, ...eventRelay, ...lease, ...mariadb },
    ...{ ...auditLog, ...eventHistory, ...mongodb },
    ...{ ...broker, ...eventBus, ...jobSignals, ...signals },
  }
}

function refuseFileOfDatabase(): never {
  throw new CapstanError('unsupported', 'the stores of a cluster are backed up and restored by their own means')
}

/** Throws `invalid` with what is wrong with any of them, each in a line. */
async function openServers({ stores }: Config) {
  const { openMariadb, MongodbDatabase, RabbitmqBroker } = await loadCluster()
  const { replicaUrl } = stores.mariadb
  const opening = [
    promised(() => {
      const server = serverOf('MARIADB', stores.mariadb)
      return openMariadb({ ...server, ...(replicaUrl ? { replica: { ...server, url: replicaUrl } } : {}) }, systemClock.now())
    }),
    promised(() => MongodbDatabase.open(serverOf('MONGODB', stores.mongodb))),
    promised(() => RabbitmqBroker.open(serverOf('RABBITMQ', stores.rabbitmq))),
  ] as const
  const opened = await Promise.allSettled(opening)
  const close = async () => {
    for (const server of opened) if (server.status === 'fulfilled') await server.value.close()
  }
  const problems = opened.flatMap((server) => (server.status === 'rejected' ? [(server.reason as Error).message] : []))
  if (problems.length > 0) {
    await close()
    throw new CapstanError('invalid', problems.join('\n'))
  }
  const [database, documents, broker] = await Promise.all(opening)
  return { database, documents, broker, close }
}

const promised = async <T>(open: () => Promise<T>): Promise<T> => open()

function serverOf(store: string, { url, passwordFile, caFile }: StoreSettings) {
  if (!url) throw new CapstanError('invalid', `CAPSTAN_${store}_URL is missing: the cluster set needs it`)
  return {
    url,
    ...(passwordFile ? { password: secretIn(passwordFile, `CAPSTAN_${store}_PASSWORD_FILE`) } : {}),
    ...(caFile ? { tls: { ca: secretIn(caFile, `CAPSTAN_${store}_CA_FILE`), caFile } } : {}),
  }
}

function secretIn(path: string, setting: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    throw new CapstanError('invalid', `the file of ${setting} cannot be read: ${path}`, { cause })
  }
}

/** The relational stores, on either dialect. */
const relationalPorts = (database: SqlDatabase, clock: Clock) => ({
  accounts: new SqlAccountStore(database),
  users: new SqlUserStore(database),
  roles: new SqlRoleStore(database),
  sessions: new SqlSessionStore(database),
  tokens: new SqlTokenStore(database),
  lockOuts: new SqlLockOutStore(database),
  assets: new SqlAssetStore(database),
  files: new SqlFileStore(database),
  renditions: new SqlRenditionStore(database),
  marks: new SqlMarkStore(database),
  idempotency: new SqlIdempotencyStore(database),
  numbers: new SqlNumberBlocks(database),
  queue: new SqlJobQueue(database, clock),
  jobList: new SqlJobList(database),
  jobLog: new SqlJobLog(database),
  runs: new SqlRunStore(database),
  commands: new SqlCommandOutbox(database),
  definitions: new SqlDefinitionStore(database),
  resources: new SqlResourceStore(database),
  quotas: new SqlQuotaStore(database),
  transfers: new SqlTransferStore(database),
})

/** What works on this machine's own files and programs. */
async function openLocalPorts(config: Config, folder: DataFolder) {
  const settings = await FileSettings.open({ path: folder.settings, parse: parseLiveSettings })
  const hasher = new FileHasher(HASH_THREADS)
  mkdirSync(join(folder.run, 'media'), { recursive: true })
  const [storage, searchIndex, mediaTools] = await Promise.all([
    openFileStorage(pathToFileURL(folder.blobs).href),
    openSqliteSearchIndex(folder.searchDatabase),
    openMediaTools({ ffmpegPath: config.ffmpegPath, searchPath: config.searchPath, workDir: join(folder.run, 'media') }),
  ])
  return {
    hasher,
    settings,
    storage,
    searchIndex,
    mediaTools,
    blobs: new FileBlobStore(folder.blobs),
    secrets: new FileSecrets(folder.secrets),
    packages: new LocalPackages(folder.published, hasher),
    watchedFolders: new LocalWatchedFolders(),
    uploadFiles: new LocalUploadFiles(folder.uploads, hasher),
    sources: new LocalSourceFiles(hasher),
  }
}

/** The only place that names adapters. One word chooses the set. */
export function openPorts(config: Config, folder: DataFolder): Promise<Ports> {
  return config.backends === 'cluster' ? openCluster(config, folder) : openEmbedded(config, folder)
}
