import type { EventEnvelope } from '@capstan/contract/events'
import { CapstanError } from '../../lib/errors.ts'
import type { Asset } from '../../services/assets/domain/asset.ts'
import type { AssetFile } from '../../services/assets/domain/file.ts'
import type { AssetPage, AssetRef, AssetStore } from '../../services/assets/ports/asset-store.ts'
import { toAsset, toAssetRow, toFileRow, type AssetTables } from './asset-rows.ts'
import { all, first, insert, run, statement, update, type SqlDatabase, type Unit } from './database.ts'
import { after, equals, marks, ofAccount, orderBy, orderOf, pageOf, select } from './listing.ts'
import { appendEvents } from './outbox.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'

type Row = AssetTables['assets_asset']

/** The columns a list is sorted by; `number` breaks ties. */
const SORT_COLUMNS = { number: 'number', name: 'name_key', size: 'size_key', duration: 'duration_key' } as const

/** Rows whose JSON is kept parsed; an asset of a known revision never changes. */
const PARSED_MAX = 1_000

export class SqlAssetStore implements AssetStore {
  readonly #database: SqlDatabase
  readonly #parsed = new Map<string, Asset>()

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async register(asset: Asset, file: AssetFile | null, events: readonly EventEnvelope[]): Promise<Asset> {
    const database = this.#database
    const unit = function* (): Unit<Asset> {
      const known = yield* first<Row>(
        statement('select * from assets_asset where account_id = ? and arrival_key = ?', [asset.accountId, asset.key]),
      )
      if (known) return toAsset(known)
      yield* run(insert('assets_asset', toAssetRow(asset)))
      if (file) yield* run(insert('assets_file', toFileRow(file)))
      yield* appendEvents(database, 'assets', events)
      return asset
    }
    return repeatOnConflict(() => database.write(unit))
  }

  async find(accountId: number, ref: AssetRef): Promise<Asset | null> {
    const column = typeof ref === 'number' ? 'number' : 'id'
    const row = await this.#database.read(() =>
      first<Row>(statement(`select * from assets_asset where account_id = ? and ${column} = ?`, [accountId, ref])),
    )
    return row && this.#toAsset(row)
  }

  async findMany(accountId: number, numbers: readonly number[]): Promise<Asset[]> {
    if (numbers.length === 0) return []
    // The plus keeps SQLite from reading the whole account by an index, as it does from five numbers on (20,000 assets: 1.6 ms, not 0.08).
    const sql = `select * from assets_asset where +account_id = ? and number in (${marks(numbers)})`
    const rows = await this.#database.read(() => all<Row>(statement(sql, [accountId, ...numbers])))
    const byNumber = new Map(rows.map((row) => [Number(row.number), row]))
    return numbers.flatMap((number) => byNumber.get(number) ?? []).map((row) => this.#toAsset(row))
  }

  async list(accountId: number, page: AssetPage): Promise<{ items: Asset[]; nextCursor: string | null }> {
    const order = orderOf(SORT_COLUMNS, page.sort)
    const conditions = [ofAccount(accountId), ...equals('deleted', page.deleted), ...equals('kind', page.kind), ...after(page, order)]
    const rows = await this.#database.read(
      () => select<Row>('select * from assets_asset', conditions, { order: orderBy(order), limit: page.limit + 1 }),
      { mayBeStale: page.mayBeStale ?? false },
    )
    return pageOf(page.sort, rows, page.limit, {
      at: (last) => ({ key: last[order.column], id: last.number }),
      item: (row) => this.#toAsset(row),
    })
  }

  async save(asset: Asset, expectedRevision: number, events: readonly EventEnvelope[]): Promise<void> {
    const database = this.#database
    await database.write(function* () {
      yield* saveAsset(asset, expectedRevision)
      yield* appendEvents(database, 'assets', events)
    })
  }

  async count(accountId: number): Promise<number> {
    const row = await this.#database.read(() =>
      first<{ count: number }>(statement('select count(*) as count from assets_asset where account_id = ? and deleted = 0', [accountId])),
    )
    return Number(row?.count ?? 0)
  }

  #toAsset(row: Row): Asset {
    const known = this.#parsed.get(row.id)
    if (known?.revision === Number(row.revision)) return known
    const asset = toAsset(row)
    if (this.#parsed.size >= PARSED_MAX) this.#parsed.clear()
    this.#parsed.set(row.id, asset)
    return asset
  }
}

/** Inside a unit: replaces an asset of a known revision. */
export function* saveAsset(asset: Asset, expectedRevision: number): Unit<void> {
  const where = { account_id: asset.accountId, number: asset.number, revision: expectedRevision }
  if ((yield* run(update('assets_asset', toAssetRow(asset), where))) > 0) return
  throw new CapstanError('stale', `asset ${asset.number} was changed meanwhile: read it again and repeat the change`)
}
