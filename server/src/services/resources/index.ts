import type { StorageView } from '@capstan/contract/resources'
import type { Route } from '../../http/route.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Principal } from '../identity/api.ts'
import type { CheckWorkflow } from '../workflows/api.ts'
import type { HotFolder, WatchStatus } from './domain/hot-folder.ts'
import type { Quota } from './domain/quota.ts'
import { resourceRoutes } from './http.ts'
import type { QuotaStore } from './ports/quota-store.ts'
import type { ResourceStore } from './ports/resource-store.ts'
import { quotaRoutes } from './quotas-http.ts'
import { createHotFolder } from './use-cases/hot-folders.ts'
import { ensureStorages, listStorages, type OpenStorage } from './use-cases/storages.ts'

export type { HotFolder, WatchStatus } from './domain/hot-folder.ts'
export type { OpenStorage } from './use-cases/storages.ts'

export type ResourcesDeps = {
  store: ResourceStore
  quotas: QuotaStore
  clock: Clock
  /** What this process has opened, `media` first. */
  storages: readonly OpenStorage[]
  /** Throws `forbidden` for a workflow that this person may not start. */
  checkWorkflow: CheckWorkflow
  /** Makes a folder where it is missing; throws when it cannot be read. */
  prepareFolder: (path: string) => Promise<void>
  /** How the watcher of a hot folder does. */
  watchStatus: (id: string) => WatchStatus
  /** Called after hot folders were changed. */
  hotFoldersChanged: () => Promise<void>
  /** Called after quotas were changed. */
  quotasChanged: () => Promise<void>
  settings: Readonly<{
    /** An operator's low-water mark in bytes instead of the rule's. */
    lowWaterBytes: () => number | null
    /** The data folder, absolute. */
    folder: string
  }>
}

export type Resources = {
  routes: (route: Route) => void
  /** The enabled hot folders of every account, for the watchers. */
  watchedFolders: () => Promise<HotFolder[]>
  /** Of every account, for those who start jobs. */
  quotas: () => Promise<Quota[]>
  storages: (accountId: number) => Promise<StorageView[]>
  /** Makes the account's storages known and, in an account that never had a hot folder, `<data>/hot`. Before the watchers start. */
  start: (by: Principal) => Promise<void>
  /** Call it after the low-water mark was changed. */
  lowWaterChanged: (by: Principal) => Promise<void>
}

export function createResources({
  store,
  quotas,
  clock,
  storages,
  checkWorkflow,
  prepareFolder,
  watchStatus,
  hotFoldersChanged,
  quotasChanged,
  settings,
}: ResourcesDeps): Resources {
  const { lowWaterBytes, folder } = settings
  const places = { store, storages, lowWaterBytes }
  const nowMs = () => clock.now()
  const folders = { store, checkWorkflow, prepareFolder, dataFolder: folder, changed: hotFoldersChanged, nowMs }
  return {
    routes: (route) => {
      resourceRoutes(route, { store, folders, storages: places, watchStatus })
      quotaRoutes(route, { quotas, quotasChanged, nowMs })
    },
    watchedFolders: async () => (await store.allHotFolders()).filter(({ enabled }) => enabled),
    quotas: () => quotas.all(),
    storages: listStorages(places),
    start: async (by) => {
      const isFirst = (await store.storages(by.accountId)).length === 0
      if (isFirst && (await store.allHotFolders()).length === 0) await makeDefault(folders, by, folder)
      await ensureStorages(places)(by.accountId)
    },
    lowWaterChanged: (by) => ensureStorages(places)(by.accountId),
  }
}

/** Storages are made known after it, so that a crash in between makes it again at the next start. */
async function makeDefault(folders: Parameters<typeof createHotFolder>[0], by: Principal, folder: string): Promise<void> {
  const settings = {
    name: 'Hot folder',
    path: `${folder}/hot`,
    workflow: 'ingest',
    quietSeconds: 10,
    enabled: true,
    duplicates: 'ingest',
  } as const
  await createHotFolder(folders)(by, settings)
}
