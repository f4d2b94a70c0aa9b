import { arrivalEvents } from '../../services/transfer/domain/arrival-events.ts'
import type { Arrival, ArrivalSource, ArrivalState } from '../../services/transfer/domain/arrival.ts'
import type { ArrivalPage, TransferStore } from '../../services/transfer/ports/transfer-store.ts'
import { all, first, insert, run, statement, update, type SqlDatabase } from './database.ts'
import { equals, keyAfter, marks, ofAccount, oneOf, pageOf, select } from './listing.ts'
import { appendEvents } from './outbox.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'

type Row = {
  id: string
  account_id: number
  arrival_key: string
  source: string
  source_name: string
  name: string
  name_bytes: string | null
  relative_path: string | null
  workflow: string
  state: string
  size_bytes: number | null
  received_bytes: number
  unverified_from: number | null
  boot_id: string
  fingerprint: string | null
  asset_id: string
  origin: string | null
  checksums: string
  media_type: string
  path: string | null
  variables: string
  run_id: string | null
  reason: string | null
  by_kind: string
  by_id: string
  by_name: string
  may_publish: number
  started_at_ms: number
  updated_at_ms: number
  expires_at_ms: number | null
}

const SORT = '-id'

export class SqlTransferStore implements TransferStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async add(arrival: Arrival): Promise<Arrival> {
    const database = this.#database
    return repeatOnConflict(() =>
      database.write(function* () {
        const known = yield* first<Row>(byKey(arrival.accountId, arrival.key))
        if (known) return toArrival(known)
        yield* run(insert('transfer_arrival', toRow(arrival)))
        yield* appendEvents(database, 'transfer', arrivalEvents(null, arrival, arrival.startedAtMs))
        return arrival
      }),
    )
  }

  async find(accountId: number, id: string): Promise<Arrival | null> {
    const row = await this.#database.read(() => first<Row>(byId(accountId, id)))
    return row && toArrival(row)
  }

  async findByKey(accountId: number, key: string): Promise<Arrival | null> {
    const row = await this.#database.read(() => first<Row>(byKey(accountId, key)))
    return row && toArrival(row)
  }

  async save(arrival: Arrival): Promise<void> {
    const database = this.#database
    await database.write(function* () {
      const before = yield* first<Row>(byId(arrival.accountId, arrival.id, LOCK_ROW[database.dialect]))
      if (!before) return
      yield* run(update('transfer_arrival', toRow(arrival), { account_id: arrival.accountId, id: arrival.id }))
      yield* appendEvents(database, 'transfer', arrivalEvents(toArrival(before), arrival, arrival.updatedAtMs))
    })
  }

  async remove(accountId: number, id: string, nowMs: number): Promise<void> {
    const database = this.#database
    await database.write(function* () {
      const before = yield* first<Row>(byId(accountId, id, LOCK_ROW[database.dialect]))
      if (!before) return
      yield* run(statement('delete from transfer_arrival where account_id = ? and id = ?', [accountId, id]))
      yield* appendEvents(database, 'transfer', arrivalEvents(toArrival(before), null, nowMs))
    })
  }

  async list(accountId: number, page: ArrivalPage): Promise<{ items: Arrival[]; nextCursor: string | null }> {
    const before = keyAfter(SORT, page.cursor)
    const conditions = [
      ofAccount(accountId),
      ...oneOf('state', page.states),
      ...equals('source', page.source),
      ...equals('by_id', page.byId),
      ...equals('fingerprint', page.fingerprint),
      ...(before === null ? [] : [{ sql: 'id < ?', parameters: [before] }]),
    ]
    const rows = await this.#database.read(() =>
      select<Row>('select * from transfer_arrival', conditions, { order: 'id desc', limit: page.limit + 1 }),
    )
    return pageOf(SORT, rows, page.limit, { at: ({ id }) => ({ id }), item: toArrival })
  }

  async inStates(states: readonly ArrivalState[], afterId: string, limit: number): Promise<Arrival[]> {
    const sql = `select * from transfer_arrival where state in (${marks(states)}) and id > ? order by id limit ?`
    const rows = await this.#database.read(() => all<Row>(statement(sql, [...states, afterId, limit])))
    return rows.map(toArrival)
  }

  async prune(beforeMs: number): Promise<number> {
    return this.#database.write(() =>
      run(statement("delete from transfer_arrival where state in ('taken', 'refused') and updated_at_ms < ?", [beforeMs])),
    )
  }
}

const LOCK_ROW = { sqlite: '', mariadb: 'for update' }

const byId = (accountId: number, id: string, lock = '') =>
  statement(`select * from transfer_arrival where account_id = ? and id = ? ${lock}`, [accountId, id])

const byKey = (accountId: number, key: string) =>
  statement('select * from transfer_arrival where account_id = ? and arrival_key = ?', [accountId, key])

const toRow = (arrival: Arrival): Row => ({
  id: arrival.id,
  account_id: arrival.accountId,
  arrival_key: arrival.key,
  source: arrival.source,
  source_name: arrival.sourceName,
  name: arrival.name,
  name_bytes: arrival.nameBytes,
  relative_path: arrival.relativePath,
  workflow: arrival.workflow,
  state: arrival.state,
  size_bytes: arrival.sizeBytes,
  received_bytes: arrival.receivedBytes,
  unverified_from: arrival.unverifiedFrom,
  boot_id: arrival.bootId,
  fingerprint: arrival.fingerprint,
  asset_id: arrival.assetId,
  origin: arrival.origin && JSON.stringify(arrival.origin),
  checksums: JSON.stringify(arrival.checksums),
  media_type: arrival.mediaType,
  path: arrival.path,
  variables: JSON.stringify(arrival.variables),
  run_id: arrival.runId,
  reason: arrival.reason,
  by_kind: arrival.by.kind,
  by_id: arrival.by.id,
  by_name: arrival.by.name,
  may_publish: arrival.mayPublish ? 1 : 0,
  started_at_ms: arrival.startedAtMs,
  updated_at_ms: arrival.updatedAtMs,
  expires_at_ms: arrival.expiresAtMs,
})

const parse = (json: string): unknown => JSON.parse(json)
const numberOrNull = (value: number | null): number | null => (value === null ? null : Number(value))

const toArrival = (row: Row): Arrival => ({
  id: row.id,
  accountId: Number(row.account_id),
  key: row.arrival_key,
  source: row.source as ArrivalSource,
  sourceName: row.source_name,
  name: row.name,
  nameBytes: row.name_bytes,
  relativePath: row.relative_path,
  workflow: row.workflow,
  state: row.state as ArrivalState,
  sizeBytes: numberOrNull(row.size_bytes),
  receivedBytes: Number(row.received_bytes),
  unverifiedFrom: numberOrNull(row.unverified_from),
  bootId: row.boot_id,
  fingerprint: row.fingerprint,
  assetId: row.asset_id,
  origin: row.origin === null ? null : (parse(row.origin) as NonNullable<Arrival['origin']>),
  checksums: parse(row.checksums) as Arrival['checksums'],
  mediaType: row.media_type,
  path: row.path,
  variables: parse(row.variables) as Arrival['variables'],
  runId: row.run_id,
  reason: row.reason,
  by: { kind: row.by_kind as Arrival['by']['kind'], id: row.by_id, name: row.by_name },
  mayPublish: Number(row.may_publish) === 1,
  startedAtMs: Number(row.started_at_ms),
  updatedAtMs: Number(row.updated_at_ms),
  expiresAtMs: numberOrNull(row.expires_at_ms),
})
