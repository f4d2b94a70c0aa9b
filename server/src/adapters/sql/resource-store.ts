import type { EventEnvelope } from '@capstan/contract/events'
import { CapstanError } from '../../lib/errors.ts'
import type { HotFolder } from '../../services/resources/domain/hot-folder.ts'
import type { StorageRecord } from '../../services/resources/domain/storage.ts'
import type { ResourcePage, ResourceStore } from '../../services/resources/ports/resource-store.ts'
import { all, first, insert, run, statement, update, type SqlDatabase } from './database.ts'
import { keyAfter, pageOf } from './listing.ts'
import { appendEvents } from './outbox.ts'

type StorageRow = {
  id: string
  account_id: number
  name: string
  url: string
  purpose: string
  low_water_bytes: number | null
  revision: number
}
type FolderRow = {
  id: string
  account_id: number
  name: string
  path: string
  workflow: string
  quiet_seconds: number
  enabled: number
  duplicates: string
  revision: number
  created_at_ms: number
}

const SORT = 'id'

export class SqlResourceStore implements ResourceStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async ensureStorages(storages: readonly StorageRecord[]): Promise<void> {
    await this.#database.write(function* () {
      for (const storage of storages) {
        const where = [storage.accountId, storage.name]
        const known = yield* first<StorageRow>(statement('select * from resources_storage where account_id = ? and name = ?', where))
        if (!known) yield* run(insert('resources_storage', toStorageRow(storage)))
        else
          yield* run(
            statement('update resources_storage set url = ?, low_water_bytes = ? where account_id = ? and name = ?', [
              storage.url,
              storage.lowWaterBytes,
              ...where,
            ]),
          )
      }
    })
  }

  async storages(accountId: number): Promise<StorageRecord[]> {
    const rows = await this.#database.read(() =>
      all<StorageRow>(statement('select * from resources_storage where account_id = ? order by name', [accountId])),
    )
    return rows.map(toStorage)
  }

  async addHotFolder(folder: HotFolder, events: readonly EventEnvelope[]): Promise<void> {
    const database = this.#database
    await database.write(function* () {
      yield* run(insert('resources_hot_folder', toFolderRow(folder)))
      yield* appendEvents(database, 'resources', events)
    })
  }

  async findHotFolder(accountId: number, id: string): Promise<HotFolder | null> {
    const row = await this.#database.read(() =>
      first<FolderRow>(statement('select * from resources_hot_folder where account_id = ? and id = ?', [accountId, id])),
    )
    return row && toFolder(row)
  }

  async listHotFolders(accountId: number, { limit, cursor }: ResourcePage): Promise<{ items: HotFolder[]; nextCursor: string | null }> {
    const after = keyAfter(SORT, cursor) ?? ''
    const rows = await this.#database.read(() =>
      all<FolderRow>(
        statement('select * from resources_hot_folder where account_id = ? and id > ? order by id limit ?', [accountId, after, limit + 1]),
      ),
    )
    return pageOf(SORT, rows, limit, { at: ({ id }) => ({ id }), item: toFolder })
  }

  async allHotFolders(): Promise<HotFolder[]> {
    return (await this.#database.read(() => all<FolderRow>(statement('select * from resources_hot_folder order by id')))).map(toFolder)
  }

  async saveHotFolder(folder: HotFolder, expectedRevision: number, events: readonly EventEnvelope[]): Promise<void> {
    const database = this.#database
    const where = { account_id: folder.accountId, id: folder.id, revision: expectedRevision }
    await database.write(function* () {
      if ((yield* run(update('resources_hot_folder', toFolderRow(folder), where))) === 0)
        throw new CapstanError('stale', 'this hot folder was changed meanwhile: read it again and repeat the change')
      yield* appendEvents(database, 'resources', events)
    })
  }

  async removeHotFolder(accountId: number, id: string, events: readonly EventEnvelope[]): Promise<void> {
    const database = this.#database
    await database.write(function* () {
      const removed = yield* run(statement('delete from resources_hot_folder where account_id = ? and id = ?', [accountId, id]))
      if (removed > 0) yield* appendEvents(database, 'resources', events)
    })
  }
}

const toStorageRow = (storage: StorageRecord): StorageRow => ({
  id: storage.id,
  account_id: storage.accountId,
  name: storage.name,
  url: storage.url,
  purpose: storage.purpose,
  low_water_bytes: storage.lowWaterBytes,
  revision: storage.revision,
})

const toStorage = (row: StorageRow): StorageRecord => ({
  id: row.id,
  accountId: Number(row.account_id),
  name: row.name,
  url: row.url,
  purpose: row.purpose as StorageRecord['purpose'],
  lowWaterBytes: row.low_water_bytes === null ? null : Number(row.low_water_bytes),
  revision: Number(row.revision),
})

const toFolderRow = (folder: HotFolder): FolderRow => ({
  id: folder.id,
  account_id: folder.accountId,
  name: folder.name,
  path: folder.path,
  workflow: folder.workflow,
  quiet_seconds: folder.quietSeconds,
  enabled: folder.enabled ? 1 : 0,
  duplicates: folder.duplicates,
  revision: folder.revision,
  created_at_ms: folder.createdAtMs,
})

const toFolder = (row: FolderRow): HotFolder => ({
  id: row.id,
  accountId: Number(row.account_id),
  name: row.name,
  path: row.path,
  workflow: row.workflow,
  quietSeconds: Number(row.quiet_seconds),
  enabled: Number(row.enabled) === 1,
  duplicates: row.duplicates as HotFolder['duplicates'],
  revision: Number(row.revision),
  createdAtMs: Number(row.created_at_ms),
})
