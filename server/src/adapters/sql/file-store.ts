import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import type { AssetFile, Checksums } from '../../services/assets/domain/file.ts'
import type { FileStore } from '../../services/assets/ports/file-store.ts'
import { toFile, type AssetTables } from './asset-rows.ts'
import { all, first, run, statement, type SqlDatabase } from './database.ts'

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
    const after = page.cursor === null ? '' : decodeCursor(page.cursor, 'files').id
    const rows = await this.#database.read(() =>
      all<Row>(
        statement('select * from assets_file where account_id = ? and id > ? order by id limit ?', [accountId, after, page.limit + 1]),
      ),
    )
    return { items: rows.slice(0, page.limit).map(toFile), nextCursor: nextOf('files', rows, page.limit) }
  }

  async listPaths(cursor: string | null, limit: number): ReturnType<FileStore['listPaths']> {
    const after = cursor === null ? '' : decodeCursor(cursor, 'paths').id
    const sql = `select id, path, size_bytes, 'file' as kind from assets_file where location = 'managed' and id > ?
      union all select id, folder as path, size_bytes, 'rendition' as kind from assets_rendition where id > ? order by id limit ?`
    const rows = await this.#database.read(() =>
      all<{ id: string; path: string; size_bytes: number; kind: 'file' | 'rendition' }>(statement(sql, [after, after, limit + 1])),
    )
    const items = rows.slice(0, limit).map((row) => ({ path: row.path, sizeBytes: Number(row.size_bytes), kind: row.kind }))
    return { items, nextCursor: nextOf('paths', rows, limit) }
  }
}

export function nextOf(sort: string, rows: readonly { id: string }[], limit: number): string | null {
  const last = rows[limit - 1]
  return rows.length > limit && last ? encodeCursor({ sort, key: '', id: last.id }) : null
}
