import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { SqliteDatabase } from './database.ts'
import { migrateSqlite } from './migrate.ts'

/** A migrated database in a folder of its own, removed when the running test is over. For tests only. */
export async function openTestDatabase(): Promise<SqliteDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-test-'))
  const database = new SqliteDatabase(join(folder, 'capstan.db'))
  onTestFinished(async () => {
    await database.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await migrateSqlite(database, { nowMs: Date.now() })
  return database
}
