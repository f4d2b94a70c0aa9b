import type { EventEnvelope } from '@capstan/contract/events'
import { CapstanError } from '../../lib/errors.ts'
import type { Quota } from '../../services/resources/domain/quota.ts'
import type { QuotaStore } from '../../services/resources/ports/quota-store.ts'
import type { ResourcePage } from '../../services/resources/ports/resource-store.ts'
import { all, first, insert, run, statement, update, type SqlDatabase } from './database.ts'
import { keyAfter, pageOf } from './listing.ts'
import { appendEvents } from './outbox.ts'

type QuotaRow = {
  id: string
  account_id: number
  scope: string
  name: string
  max_running: number
  revision: number
  created_at_ms: number
}

const SORT = 'id'

export class SqlQuotaStore implements QuotaStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async add(quota: Quota, events: readonly EventEnvelope[]): Promise<void> {
    const database = this.#database
    await database.write(function* () {
      yield* run(insert('resources_quota', toRow(quota)))
      yield* appendEvents(database, 'resources', events)
    })
  }

  async find(accountId: number, id: string): Promise<Quota | null> {
    const row = await this.#database.read(() =>
      first<QuotaRow>(statement('select * from resources_quota where account_id = ? and id = ?', [accountId, id])),
    )
    return row && toQuota(row)
  }

  async list(accountId: number, { limit, cursor }: ResourcePage): Promise<{ items: Quota[]; nextCursor: string | null }> {
    const sql = 'select * from resources_quota where account_id = ? and id > ? order by id limit ?'
    const rows = await this.#database.read(() => all<QuotaRow>(statement(sql, [accountId, keyAfter(SORT, cursor) ?? '', limit + 1])))
    return pageOf(SORT, rows, limit, { at: ({ id }) => ({ id }), item: toQuota })
  }

  async all(): Promise<Quota[]> {
    return (await this.#database.read(() => all<QuotaRow>(statement('select * from resources_quota order by id')))).map(toQuota)
  }

  async save(quota: Quota, expectedRevision: number, events: readonly EventEnvelope[]): Promise<void> {
    const database = this.#database
    const where = { account_id: quota.accountId, id: quota.id, revision: expectedRevision }
    await database.write(function* () {
      if ((yield* run(update('resources_quota', toRow(quota), where))) === 0)
        throw new CapstanError('stale', 'this quota was changed meanwhile: read it again and repeat the change')
      yield* appendEvents(database, 'resources', events)
    })
  }

  async remove(accountId: number, id: string, events: readonly EventEnvelope[]): Promise<void> {
    const database = this.#database
    await database.write(function* () {
      const removed = yield* run(statement('delete from resources_quota where account_id = ? and id = ?', [accountId, id]))
      if (removed > 0) yield* appendEvents(database, 'resources', events)
    })
  }
}

const toRow = (quota: Quota): QuotaRow => ({
  id: quota.id,
  account_id: quota.accountId,
  scope: quota.scope,
  name: quota.name,
  max_running: quota.maxRunning,
  revision: quota.revision,
  created_at_ms: quota.createdAtMs,
})

const toQuota = (row: QuotaRow): Quota => ({
  id: row.id,
  accountId: Number(row.account_id),
  scope: row.scope as Quota['scope'],
  name: row.name,
  maxRunning: row.max_running,
  revision: Number(row.revision),
  createdAtMs: Number(row.created_at_ms),
})
