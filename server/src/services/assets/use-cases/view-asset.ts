import type { AssetSummary, AssetView } from '@capstan/contract/assets'
import type { Page } from '@capstan/contract/common'
import { toSummary, toView } from '../domain/view.ts'
import type { AssetPage, AssetRef, AssetStore } from '../ports/asset-store.ts'
import type { FileStore } from '../ports/file-store.ts'
import type { RenditionStore } from '../ports/rendition-store.ts'
import { getAsset } from './change-asset.ts'

type Deps = { assets: AssetStore; files: FileStore; renditions: RenditionStore }

/** One asset with its files and renditions. */
export const viewAsset =
  ({ assets, files, renditions }: Deps) =>
  async (accountId: number, ref: AssetRef): Promise<AssetView> => {
    const asset = await getAsset(assets, accountId, ref)
    const [its, made] = await Promise.all([files.filesOf(accountId, asset.id), renditions.renditionsOf(accountId, asset.id)])
    return toView(asset, its, made)
  }

export const listAssets =
  ({ assets }: Pick<Deps, 'assets'>) =>
  async (accountId: number, page: AssetPage): Promise<Page<AssetSummary>> => {
    const { items, nextCursor } = await assets.list(accountId, { ...page, mayBeStale: true })
    return { items: items.map(toSummary), nextCursor }
  }
