import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { first, run, statement } from '../sql/database.ts'
import { SqliteDatabase } from './database.ts'
import { migrateSqlite } from './migrate.ts'

test('a database that holds data is copied before it is changed: whole, and for its owner alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-migrate-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const open = (name: string) => {
    const database = new SqliteDatabase(join(folder, name))
    onTestFinished(() => database.close())
    return database
  }
  const [database, backupPath] = [open('capstan.db'), join(folder, 'before.db')]
  await migrateSqlite(database, { nowMs: 0, backupPath })
  // As a release without it left the database; a copy that a crash cut off is made anew.
  await database.write(() => run(statement(`delete from schema_migration where service = 'resources' and number = 2`)))
  await database.write(() => run(statement('drop table resources_quota')))
  writeFileSync(`${backupPath}.partial`, 'half')
  expect(await migrateSqlite(database, { nowMs: 0, backupPath })).toBe(1)
  expect(statSync(backupPath).mode & 0o077).toBe(0)
  const before = open('before.db')
  const tables = (at: SqliteDatabase) =>
    at.read(() => first<{ count: number }>(statement(`select count(*) as count from sqlite_schema where name = 'resources_quota'`)))
  expect([await tables(before), await tables(database)]).toEqual([{ count: 0 }, { count: 1 }])
})
