import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test, vi } from 'vitest'
import { assetStoreContract } from '../../services/assets/ports/asset-store.contract.ts'
import { ASSET_SORTS } from '../../services/assets/ports/asset-store.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlAssetStore } from './asset-store.ts'
import { all, statement, type SqlDatabase } from './database.ts'
import { outboxEvents } from './testing.ts'

assetStoreContract('sqlite', async () => {
  const database = await openTestDatabase()
  return { assets: new SqlAssetStore(database), events: () => outboxEvents(database, 'assets') }
})

test('nothing that is asked for while somebody looks reads the whole account', async () => {
  const database = await openTestDatabase()
  const assets = new SqlAssetStore(database)
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
  onTestFinished(() => prepare.mockRestore())

  await assets.find(1, 5)
  await assets.find(1, 'an id')
  for (const count of [1, 25, 200])
    await assets.findMany(
      1,
      Array.from({ length: count }, (_, i) => i),
    )
  for (const sort of ASSET_SORTS) await assets.list(1, { limit: 25, cursor: null, sort, deleted: false, kind: null })

  const asked = prepare.mock.calls.map(([sql]) => sql)
  expect(asked.length).toBeGreaterThanOrEqual(5 + ASSET_SORTS.length)
  for (const sql of asked) {
    const plan = await planOf(database, sql)
    expect.soft(plan, sql).toMatch(/^SEARCH assets_asset USING (INTEGER PRIMARY KEY|INDEX \w+ \(account_id=\? AND )/)
    expect.soft(plan, sql).not.toMatch(/SCAN|TEMP B-TREE/)
  }
})

async function planOf(database: SqlDatabase, sql: string): Promise<string> {
  const parameters = Array.from(sql.matchAll(/\?/g), () => 1)
  const steps = await database.read(() => all<{ detail: string }>(statement(`explain query plan ${sql}`, parameters)))
  return steps.map(({ detail }) => detail).join('; ')
}
