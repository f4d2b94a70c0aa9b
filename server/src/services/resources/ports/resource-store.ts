import type { EventEnvelope } from '@capstan/contract/events'
import type { HotFolder } from '../domain/hot-folder.ts'
import type { StorageRecord } from '../domain/storage.ts'

export type ResourcePage = Readonly<{ limit: number; cursor: string | null }>

/** Storages and hot folders. Every change commits together with its events. */
export interface ResourceStore {
  /** Adds storages; of those whose name is known the URL and mark are brought up to date. */
  ensureStorages(storages: readonly StorageRecord[]): Promise<void>
  storages(accountId: number): Promise<StorageRecord[]>
  /** Throws `conflict` when the account has a hot folder of this path. */
  addHotFolder(folder: HotFolder, events: readonly EventEnvelope[]): Promise<void>
  findHotFolder(accountId: number, id: string): Promise<HotFolder | null>
  /** In the order they were made. */
  listHotFolders(accountId: number, page: ResourcePage): Promise<{ items: HotFolder[]; nextCursor: string | null }>
  /** Of every account. */
  allHotFolders(): Promise<HotFolder[]>
  /** Throws `stale` when it was changed since `expectedRevision`. */
  saveHotFolder(folder: HotFolder, expectedRevision: number, events: readonly EventEnvelope[]): Promise<void>
  removeHotFolder(accountId: number, id: string, events: readonly EventEnvelope[]): Promise<void>
}
