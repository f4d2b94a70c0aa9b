import type { EventEnvelope } from '@capstan/contract/events'
import type { Asset } from '../domain/asset.ts'
import type { AssetFile } from '../domain/file.ts'

export type AssetPage = Readonly<{
  limit: number
  cursor: string | null
  sort: AssetSort
  deleted: boolean
  kind: string | null
  /** For eyes: a page that is behind by moments will do. */
  mayBeStale?: boolean
}>
export const ASSET_SORTS = ['-number', 'number', 'name', '-name', '-size', 'size', '-duration', 'duration'] as const
export type AssetSort = (typeof ASSET_SORTS)[number]

/** Either the internal number that people see or the id. */
export type AssetRef = string | number

/** Assets with their files, renditions and sub-clips. Every change commits together with its events. */
export interface AssetStore {
  /** Adds an asset and its file. When `key` was registered before, nothing is added and the first asset is answered. */
  register(asset: Asset, file: AssetFile | null, events: readonly EventEnvelope[]): Promise<Asset>
  find(accountId: number, ref: AssetRef): Promise<Asset | null>
  /** In the order of `numbers`; unknown ones are left out. */
  findMany(accountId: number, numbers: readonly number[]): Promise<Asset[]>
  /** Throws `invalid` for a cursor of another list. */
  list(accountId: number, page: AssetPage): Promise<{ items: Asset[]; nextCursor: string | null }>
  /** Replaces what `expectedRevision` was read from; throws `stale` when it was changed since. */
  save(asset: Asset, expectedRevision: number, events: readonly EventEnvelope[]): Promise<void>
  count(accountId: number): Promise<number>
}
