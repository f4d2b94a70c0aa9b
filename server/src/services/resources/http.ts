import { api } from '@capstan/contract/api'
import type { StorageView } from '@capstan/contract/resources'
import { listRequest } from '../../http/list-query.ts'
import type { Route } from '../../http/route.ts'
import { seesPlaces, type Principal } from '../identity/api.ts'
import type { HotFolder, WatchStatus } from './domain/hot-folder.ts'
import { toHotFolderView, withoutPath } from './domain/hot-folder.ts'
import { withoutUrl } from './domain/storage.ts'
import type { ResourceStore } from './ports/resource-store.ts'
import { changeHotFolder, createHotFolder, getHotFolder, removeHotFolder, type HotFolderDeps } from './use-cases/hot-folders.ts'
import { getStorage, listStorages } from './use-cases/storages.ts'

type Deps = {
  store: ResourceStore
  folders: HotFolderDeps
  storages: Parameters<typeof listStorages>[0]
  watchStatus: (id: string) => WatchStatus
}

export function resourceRoutes(route: Route, { store, folders, storages, watchStatus }: Deps): void {
  const view = (by: Principal, folder: HotFolder) => {
    const whole = toHotFolderView(folder, watchStatus(folder.id))
    return seesPlaces(by) ? whole : withoutPath(whole)
  }
  const shown = (by: Principal, storage: StorageView) => (seesPlaces(by) ? storage : withoutUrl(storage))
  // An account has a handful of storages: one page.
  route(api.storages.list, async ({ by, query }) => {
    listRequest(query, { sort: ['name'] })
    return { items: (await listStorages(storages)(by.accountId)).map((storage) => shown(by, storage)), nextCursor: null }
  })
  route(api.storages.get, async ({ by, params }) => shown(by, await getStorage(storages)(by.accountId, params.id)))
  route(api.hotFolders.list, async ({ by, query }) => {
    const { items, nextCursor } = await store.listHotFolders(by.accountId, listRequest(query, { sort: ['createdAt'] }))
    return { items: items.map((folder) => view(by, folder)), nextCursor }
  })
  route(api.hotFolders.get, async ({ by, params }) => view(by, await getHotFolder(store, by.accountId, params.id)))
  route(api.hotFolders.create, async ({ by, body }) => view(by, await createHotFolder(folders)(by, body)))
  route(api.hotFolders.change, async ({ by, params, body, expectedRevision }) => {
    const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
    return view(by, await changeHotFolder(folders)(by, params.id, given, expectedRevision))
  })
  route(api.hotFolders.remove, async ({ by, params }) => {
    await removeHotFolder(folders)(by, params.id)
    return undefined
  })
}
