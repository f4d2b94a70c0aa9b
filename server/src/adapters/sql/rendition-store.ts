import type { EventEnvelope } from '@capstan/contract/events'
import type { Asset } from '../../services/assets/domain/asset.ts'
import type { Rendition } from '../../services/assets/domain/file.ts'
import type { RenditionStore } from '../../services/assets/ports/rendition-store.ts'
import { toRendition, toRenditionRow, type AssetTables } from './asset-rows.ts'
import { saveAsset } from './asset-store.ts'
import { all, first, insert, run, statement, type SqlDatabase } from './database.ts'
import { equals, keyAfter, ofAccount, pageOf, select } from './listing.ts'
import { appendEvents } from './outbox.ts'

type Row = AssetTables['assets_rendition']

export class SqlRenditionStore implements RenditionStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async attach(
    rendition: Rendition,
    asset: Asset,
    expectedRevision: number,
    events: readonly EventEnvelope[],
  ): ReturnType<RenditionStore['attach']> {
    const database = this.#database
    const { accountId, assetId, name, jobKey } = rendition
    return database.write(function* () {
      const sql = 'select * from assets_rendition where account_id = ? and asset_id = ? and name = ?'
      const before = yield* first<Row>(statement(sql, [accountId, assetId, name]))
      if (before?.job_key === jobKey) return { rendition: toRendition(before), replaced: [] }
      if (before) yield* run(statement('delete from assets_rendition where account_id = ? and id = ?', [accountId, before.id]))
      yield* run(insert('assets_rendition', toRenditionRow(rendition)))
      yield* saveAsset(asset, expectedRevision)
      yield* appendEvents(database, 'assets', events)
      return { rendition, replaced: before ? [toRendition(before)] : [] }
    })
  }

  async findRendition(accountId: number, id: string): Promise<Rendition | null> {
    const row = await this.#database.read(() =>
      first<Row>(statement('select * from assets_rendition where account_id = ? and id = ?', [accountId, id])),
    )
    return row && toRendition(row)
  }

  async renditionsOf(accountId: number, assetId: string): Promise<Rendition[]> {
    const rows = await this.#database.read(() =>
      all<Row>(statement('select * from assets_rendition where account_id = ? and asset_id = ? order by name', [accountId, assetId])),
    )
    return rows.map(toRendition)
  }

  async listRenditions(
    accountId: number,
    page: { limit: number; cursor: string | null; kind: string | null },
  ): ReturnType<RenditionStore['listRenditions']> {
    const conditions = [
      ofAccount(accountId),
      ...equals('kind', page.kind),
      { sql: 'id > ?', parameters: [keyAfter('renditions', page.cursor) ?? ''] },
    ]
    const rows = await this.#database.read(() =>
      select<Row>('select * from assets_rendition', conditions, { order: 'id', limit: page.limit + 1 }),
    )
    return pageOf('renditions', rows, page.limit, { at: ({ id }) => ({ id }), item: toRendition })
  }

  async detachAll(accountId: number, assetId: string): Promise<Rendition[]> {
    return this.#database.write(function* () {
      const rows = yield* all<Row>(statement('select * from assets_rendition where account_id = ? and asset_id = ?', [accountId, assetId]))
      yield* run(statement('delete from assets_rendition where account_id = ? and asset_id = ?', [accountId, assetId]))
      return rows.map(toRendition)
    })
  }
}
