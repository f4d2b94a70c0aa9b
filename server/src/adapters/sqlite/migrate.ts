import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isoTime } from '../../lib/clock.ts'
import { all, run, statement } from '../sql/database.ts'
import { pendingMigrations, readMigrations, splitStatements, type AppliedMigration } from '../sql/migrate.ts'
import type { SqliteDatabase } from './database.ts'

const FOLDER = join(import.meta.dirname, 'migrations')

const LEDGER = `create table if not exists schema_migration (
  service text not null, number integer not null, name text not null, checksum text not null, applied_at text not null,
  primary key (service, number)) strict`

/**
 * Brings the database to this release's schema. A database that already holds data is copied to `backupPath(from)` first.
 * Each migration and its ledger row are one transaction.
 */
export async function migrateSqlite(database: SqliteDatabase, options: { nowMs: number; backupPath?: string }): Promise<number> {
  database.script(LEDGER)
  const applied = await database.read(() => all<AppliedMigration>(statement('select service, number, checksum from schema_migration')))
  const pending = pendingMigrations(readMigrations(FOLDER), applied)
  if (pending.length === 0) return 0
  if (applied.length > 0 && options.backupPath && !existsSync(options.backupPath)) database.copyTo(options.backupPath)
  for (const migration of pending) {
    await database.write(function* () {
      for (const sql of splitStatements(migration.sql)) yield statement(sql)
      yield* run(
        statement('insert into schema_migration (service, number, name, checksum, applied_at) values (?, ?, ?, ?, ?)', [
          migration.service,
          migration.number,
          migration.name,
          migration.checksum,
          isoTime(options.nowMs),
        ]),
      )
    })
  }
  return pending.length
}
