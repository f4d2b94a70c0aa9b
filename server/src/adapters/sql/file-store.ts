import type { AssetFile, Checksums } from '../../services/assets/domain/file.ts'
import type { FileStore } from '../../services/assets/ports/file-store.ts'
import { toFile, type AssetTables } from './asset-rows.ts'
import { all, first, run, statement, type SqlDatabase } from './database.ts'
import { keyAfter, pageOf } from './listing.ts'

type Row = AssetTables['assets_file']

export class SqlFileStore implements FileStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async findFile(accountId: number, id: string): Promise<AssetFile | null> {
    const row = await this.#database.read(() =>
      first<Row>(statement('select * from assets_file where account_id = ? and id = ?', [accountId, id])),
    )
    return row && toFile(row)
  }

  async filesOf(accountId: number, assetId: string): Promise<AssetFile[]> {
    const rows = await this.#database.read(() =>
      all<Row>(statement('select * from assets_file where account_id = ? and asset_id = ? order by id', [accountId, assetId])),
    )
    return rows.map(toFile)
  }

  async findByChecksum(accountId: number, sha256: string): Promise<AssetFile | null> {
    const row = await this.#database.read(() =>
      first<Row>(statement('select * from assets_file where account_id = ? and sha256 = ? order by id limit 1', [accountId, sha256])),
    )
    return row && toFile(row)
  }

  async setChecksums(accountId: number, id: string, checksums: Checksums): Promise<void> {
    const sql =
      'update assets_file set sha256 = coalesce(?, sha256), md5 = coalesce(?, md5), xxh64 = coalesce(?, xxh64) where account_id = ? and id = ?'
    const parameters = [checksums.sha256 ?? null, checksums.md5 ?? null, checksums.xxh64 ?? null, accountId, id]
    await this.#database.write(() => run(statement(sql, parameters)))
  }

  async setFileState(accountId: number, id: string, state: AssetFile['state']): Promise<void> {
    await this.#database.write(() =>
      run(statement('update assets_file set state = ? where account_id = ? and id = ?', [state, accountId, id])),
    )
  }

  async listFiles(
    accountId: number,
    page: { limit: number; cursor: string | null },
  ): Promise<{ items: AssetFile[]; nextCursor: string | null }> {
    const after = keyAfter('files', page.cursor) ?? ''
    const rows = await this.#database.read(() =>
      all<Row>(
        statement('select * from assets_file where account_id = ? and id > ? order by id limit ?', [accountId, after, page.limit + 1]),
      ),
    )
    return pageOf('files', rows, page.limit, { at: ({ id }) => ({ id }), item: toFile })
  }

  async listPaths(cursor: string | null, limit: number): ReturnType<FileStore['listPaths']> {
    const after = keyAfter('paths', cursor) ?? ''
    const sql = `select id, path, size_bytes, 'file' as kind from assets_file f where location = 'managed' and id > ? and not exists
        (select 1 from assets_asset a where a.account_id = f.account_id and a.id = f.asset_id and a.flags like '%purged%')
      union all select id, folder as path, size_bytes, 'rendition' as kind from assets_rendition where id > ? order by id limit ?`
    const rows = await this.#database.read(() =>
      all<{ id: string; path: string; size_bytes: number; kind: 'file' | 'rendition' }>(statement(sql, [after, after, limit + 1])),
    )
    const item = (row: (typeof rows)[number]) => ({ path: row.path, sizeBytes: Number(row.size_bytes), kind: row.kind })
    return pageOf('paths', rows, limit, { at: ({ id }) => ({ id }), item })
  }
}
