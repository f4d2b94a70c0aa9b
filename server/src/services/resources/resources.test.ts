import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Endpoint } from '@capstan/contract/endpoint'
import { api } from '@capstan/contract/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FileStorage } from '../../adapters/files/storage.ts'
import { LocalWatchedFolders } from '../../adapters/files/watched-folders.ts'
import { SqlResourceStore } from '../../adapters/sql/resource-store.ts'
import { SqlQuotaStore } from '../../adapters/sql/quota-store.ts'
import { outboxEvents } from '../../adapters/sql/testing.ts'
import { SqliteDatabase } from '../../adapters/sqlite/database.ts'
import { migrateSqlite } from '../../adapters/sqlite/migrate.ts'
import type { Route } from '../../http/route.ts'
import { fakeClock } from '../../lib/clock.ts'
import { person } from '../../../test/transfer/harness.ts'
import { authorise, type Principal } from '../identity/api.ts'
import { createResources, type Resources } from './index.ts'

let folder: string
let database: SqliteDatabase
let resources: Resources
let changes = 0

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-resources-'))
  database = new SqliteDatabase(':memory:')
  await migrateSqlite(database, { nowMs: 0 })
  changes = 0
  resources = open()
})
afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

const open = () =>
  createResources({
    store: new SqlResourceStore(database),
    quotas: new SqlQuotaStore(database),
    clock: fakeClock(),
    storages: [{ name: 'media', url: `file://${folder}`, purpose: 'media', storage: new FileStorage(folder) }],
    checkWorkflow: async (by, workflow) => {
      if (workflow === 'publish') authorise(by, 'publish')
    },
    prepareFolder: (path) => new LocalWatchedFolders().prepare(path),
    watchStatus: () => ({ status: 'watching', message: null, watching: 2 }),
    hotFoldersChanged: async () => {
      changes++
    },
    quotasChanged: async () => {
      changes++
    },
    settings: { lowWaterBytes: () => null, folder: join(folder, 'data') },
  })

/** Calls a route as the HTTP layer would after validation. */
async function call<T>(
  endpoint: Endpoint,
  request: { by?: Principal; params?: unknown; query?: unknown; body?: unknown; expectedRevision?: number } = {},
): Promise<T> {
  const handlers = new Map<Endpoint, (call: never) => Promise<unknown>>()
  const route = ((known: Endpoint, handler: (call: never) => Promise<unknown>) => void handlers.set(known, handler)) as unknown as Route
  resources.routes(route)
  return handlers.get(endpoint)!({ by: person(), expectedRevision: null, query: { limit: 50 }, ...request } as never) as Promise<T>
}

const settings = { name: 'Inbox', workflow: 'ingest', quietSeconds: 10, enabled: true, duplicates: 'ingest' }
type View = { id: string; path: string; revision: number; status: string; watching: number; name: string }

test('the first start makes <data>/hot, later ones do not bring it back', async () => {
  await resources.start(person())
  const { items } = await call<{ items: View[] }>(api.hotFolders.list)
  expect(items).toMatchObject([{ path: join(folder, 'data/hot'), status: 'watching', watching: 2 }])
  expect((await stat(join(folder, 'data/hot'))).isDirectory()).toBe(true)
  await call(api.hotFolders.remove, { params: { id: items[0]!.id } })
  resources = open()
  await resources.start(person())
  expect(await resources.watchedFolders()).toEqual([])
})

test('a hot folder is made, changed against its revision and removed, each with its event', async () => {
  const made = await call<View>(api.hotFolders.create, { body: { ...settings, path: `${join(folder, 'in box')}/` } })
  expect(made).toMatchObject({ path: join(folder, 'in box'), revision: 1 })
  const changed = await call<View>(api.hotFolders.change, {
    params: { id: made.id },
    body: { quietSeconds: 3, name: undefined },
    expectedRevision: 1,
  })
  expect(changed).toMatchObject({ name: 'Inbox', quietSeconds: 3, revision: 2 })
  await expect(
    call(api.hotFolders.change, { params: { id: made.id }, body: { quietSeconds: 4 }, expectedRevision: 1 }),
  ).rejects.toMatchObject({ code: 'stale' })
  await call(api.hotFolders.remove, { params: { id: made.id } })
  await expect(call(api.hotFolders.get, { params: { id: made.id } })).rejects.toMatchObject({ code: 'not_found' })
  expect(await outboxEvents(database, 'resources')).toEqual(['hot_folder.created', 'hot_folder.changed', 'hot_folder.removed'])
  expect(changes).toBe(3)
})

test('a stopped folder is shown so and not watched', async () => {
  const made = await call<View>(api.hotFolders.create, { body: { ...settings, path: join(folder, 'a'), enabled: false } })
  expect(made).toMatchObject({ status: 'stopped', watching: 0 })
  expect(await resources.watchedFolders()).toEqual([])
})

test.each([
  ['relative', 'inbox', 'invalid'],
  ['of the system', '/etc/media', 'invalid'],
  ['the root', '/', 'invalid'],
  ['with the blobs', 'DATA/blobs', 'invalid'],
  ['around the data folder', 'DATA/..', 'invalid'],
  ['by detours', 'DATA/hot/../blobs', 'invalid'],
  ['within another', 'BASE/one/two', 'conflict'],
  ['around another', 'BASE', 'invalid'],
  ['that is a file', '/proc/version', 'invalid'],
])('a path %s is refused', async (_, path, code) => {
  await call(api.hotFolders.create, { body: { ...settings, path: join(folder, 'one') } })
  const real = path.replace('DATA', join(folder, 'data')).replace('BASE', folder)
  await expect(call(api.hotFolders.create, { body: { ...settings, path: real } })).rejects.toMatchObject({ code })
})

test('storages are listed with their room', async () => {
  await resources.start(person())
  const { items } = await call<{ items: { id: string; freeBytes: number; status: string }[] }>(api.storages.list)
  expect(items).toMatchObject([{ name: 'media', purpose: 'media' }])
  expect(items[0]!.freeBytes).toBeGreaterThan(0)
  expect(await call(api.storages.get, { params: { id: items[0]!.id } })).toMatchObject({ name: 'media' })
})

test('a quota is made once, changed with its revision, told to those who start jobs, and removed', async () => {
  const made = await call<{ id: string; maxRunning: number }>(api.quotas.create, {
    body: { scope: 'action', name: 'publish', maxRunning: 1 },
  })
  expect(await resources.quotas()).toMatchObject([{ accountId: 1, scope: 'action', name: 'publish', maxRunning: 1 }])
  await expect(call(api.quotas.create, { body: { scope: 'action', name: 'publish', maxRunning: 2 } })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('action "publish"') as string,
  })
  const params = { id: made.id }
  expect(await call(api.quotas.change, { params, body: { maxRunning: 3 }, expectedRevision: 1 })).toMatchObject({ maxRunning: 3 })
  await expect(call(api.quotas.change, { params, body: { maxRunning: 4 }, expectedRevision: 1 })).rejects.toMatchObject({ code: 'stale' })
  expect(await call(api.quotas.get, { params })).toMatchObject({ maxRunning: 3, revision: 2 })
  await call(api.quotas.remove, { params })
  expect(await call(api.quotas.list)).toEqual({ items: [], nextCursor: null })
  expect(changes).toBe(3)
  expect(await outboxEvents(database, 'resources')).toEqual(['quota.created', 'quota.changed', 'quota.removed'])
})

test('a hot folder starts only what its maker may start', async () => {
  const by = person('Ada', ['see', 'administer'])
  const body = { ...settings, path: join(folder, 'inbox') }
  await expect(call(api.hotFolders.create, { by, body: { ...body, workflow: 'publish' } })).rejects.toMatchObject({ code: 'forbidden' })
  const made = await call<View>(api.hotFolders.create, { body: { ...body, workflow: 'publish' } })
  const params = { id: made.id }
  await expect(call(api.hotFolders.change, { by, params, body: { path: join(folder, 'other') } })).rejects.toMatchObject({
    code: 'forbidden',
  })
  expect(await call(api.hotFolders.change, { by, params, body: { enabled: false } })).toMatchObject({ enabled: false })
  await expect(call(api.hotFolders.change, { by, params, body: { enabled: true } })).rejects.toMatchObject({ code: 'forbidden' })
  expect(await call(api.hotFolders.change, { by, params, body: { workflow: 'ingest', enabled: true } })).toMatchObject({ enabled: true })
})
