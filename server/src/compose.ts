import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openMediaTools } from './adapters/ffmpeg/media-tools.ts'
import { FileBlobStore } from './adapters/files/blob-store.ts'
import { FileHasher } from './adapters/files/file-hasher.ts'
import { LocalSourceFiles } from './adapters/files/source-files.ts'
import { LocalPackages } from './adapters/files/packages.ts'
import { FileSecrets } from './adapters/files/secrets.ts'
import { openFileStorage } from './adapters/files/storage.ts'
import { LocalUploadFiles } from './adapters/files/upload-files.ts'
import { LocalWatchedFolders } from './adapters/files/watched-folders.ts'
import { SqlAccountStore, SqlRoleStore, SqlUserStore } from './adapters/sql/account-store.ts'
import { SqlAssetStore } from './adapters/sql/asset-store.ts'
import { SqlCommandOutbox } from './adapters/sql/command-outbox.ts'
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
import type { Config } from './config.ts'
import { systemClock } from './lib/clock.ts'
import type { DataFolder } from './start/data-folder.ts'

export type Ports = Awaited<ReturnType<typeof openEmbedded>>

const HASH_THREADS = 2

/** The embedded set: SQLite and the local file system, nothing else to install. */
async function openEmbedded(config: Config, folder: DataFolder) {
  const clock = systemClock
  const database = new SqliteDatabase(folder.database)
  const backupPath = join(folder.root, `capstan-before-migration-${new Date(clock.now()).toISOString().slice(0, 10)}.db`)
  await migrateSqlite(database, { nowMs: clock.now(), backupPath })
  const bus = new SqliteEventBus(database, clock)
  const relay = new SqliteEventRelay(database, () => bus.wake())
  const hasher = new FileHasher(HASH_THREADS)
  mkdirSync(join(folder.run, 'media'), { recursive: true })
  const [storage, searchIndex, mediaTools] = await Promise.all([
    openFileStorage(pathToFileURL(folder.blobs).href),
    openSqliteSearchIndex(folder.searchDatabase),
    openMediaTools({ ffmpegPath: config.ffmpegPath, searchPath: config.searchPath, workDir: join(folder.run, 'media') }),
  ])
  return {
    clock,
    bus,
    relay,
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
    blobs: new FileBlobStore(folder.blobs),
    secrets: new FileSecrets(folder.secrets),
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
    storage,
    packages: new LocalPackages(folder.published, hasher),
    watchedFolders: new LocalWatchedFolders(),
    uploadFiles: new LocalUploadFiles(folder.uploads, hasher),
    sources: new LocalSourceFiles(hasher),
    history: new SqliteEventHistory(database),
    auditLog: new SqliteAuditLog(database),
    searchIndex,
    mediaTools,
    checkDatabase: checkSqliteFile,
    copyDatabase: (path: string) => database.backupTo(path),
    close: async () => {
      await bus.close()
      await searchIndex.close()
      await hasher.close()
      await database.close()
    },
  }
}

/** The only place that names adapters. One word chooses the set. */
export function openPorts(config: Config, folder: DataFolder): Promise<Ports> {
  return openEmbedded(config, folder)
}
