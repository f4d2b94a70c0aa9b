import { DatabaseSync, StatementSync } from 'node:sqlite'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Asset } from '../../services/assets/domain/asset.ts'
import { assetStoreContract, sampleAsset } from '../../services/assets/ports/asset-store.contract.ts'
import { ASSET_SORTS, type AssetPage } from '../../services/assets/ports/asset-store.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlAssetStore } from './asset-store.ts'
import { all, statement, type SqlDatabase } from './database.ts'
import { outboxEvents } from './testing.ts'

const FIRST_PAGE: AssetPage = { limit: 25, cursor: null, sort: '-number', deleted: false, kind: null }

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
  for (const sort of ASSET_SORTS) await assets.list(1, { ...FIRST_PAGE, sort })

  const asked = prepare.mock.calls.map(([sql]) => sql)
  expect(asked.length).toBeGreaterThanOrEqual(5 + ASSET_SORTS.length)
  for (const sql of asked) {
    const plan = await planOf(database, sql)
    expect.soft(plan, sql).toMatch(/^SEARCH assets_asset USING (INTEGER PRIMARY KEY|INDEX \w+ \(account_id=\? AND )/)
    expect.soft(plan, sql).not.toMatch(/SCAN|TEMP B-TREE/)
  }
})

const namesOf = (assets: readonly Asset[]) => assets.map(({ name }) => name)

test('what is kept is shown as it is now, to its own account only', async () => {
  const assets = new SqlAssetStore(await openTestDatabase())
  const old = await assets.register(sampleAsset(1, { name: 'old' }), null, [])
  await assets.register(sampleAsset(2, { name: 'same' }), null, [])
  expect(namesOf(await assets.findMany(1, [2, 1]))).toEqual(['same', 'old'])

  await assets.save({ ...old, name: 'new', revision: old.revision + 1 }, old.revision, [])
  expect(namesOf(await assets.findMany(1, [2, 1]))).toEqual(['same', 'new'])
  expect(namesOf((await assets.list(1, FIRST_PAGE)).items)).toEqual(['same', 'new'])
  expect((await assets.find(1, 1))?.name).toBe('new')
  expect(await assets.findMany(2, [2, 1])).toEqual([])
})

test('whole rows are read only of assets that are not kept', async () => {
  const assets = new SqlAssetStore(await openTestDatabase())
  for (const number of [1, 2, 3]) await assets.register(sampleAsset(number), null, [])
  const read = vi.spyOn(StatementSync.prototype, 'all')
  onTestFinished(() => read.mockRestore())
  const wholeRows = () =>
    (read.mock.contexts as StatementSync[]).flatMap(({ sourceSQL }, i) =>
      sourceSQL.startsWith('select *') ? (read.mock.results[i]?.value as unknown[]) : [],
    )

  await assets.findMany(1, [1, 2])
  expect(wholeRows()).toHaveLength(2)
  await assets.findMany(1, [1, 2, 3])
  expect(wholeRows()).toHaveLength(3)
  await assets.list(1, FIRST_PAGE)
  expect(wholeRows()).toHaveLength(3)
})

async function planOf(database: SqlDatabase, sql: string): Promise<string> {
  const parameters = Array.from(sql.matchAll(/\?/g), () => 1)
  const steps = await database.read(() => all<{ detail: string }>(statement(`explain query plan ${sql}`, parameters)))
  return steps.map(({ detail }) => detail).join('; ')
}
