import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { SqliteDatabase } from './database.ts'
import { IndexWriter } from './search-index/writer.ts'

test('nobody else on the machine reads the databases', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-private-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const database = new SqliteDatabase(join(folder, 'capstan.db'))
  database.script('create table t (a integer)')
  const index = new IndexWriter(join(folder, 'search.db'))
  const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777])
  expect(modes.map(([name]) => name)).toEqual(expect.arrayContaining(['capstan.db', 'capstan.db-wal', 'search.db']))
  expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([])
  index.close()
  await database.close()
})
