import type { Principal } from '../../identity/api.ts'
import { purge, type Asset } from '../domain/asset.ts'
import type { AssetRef } from '../ports/asset-store.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { FileStore } from '../ports/file-store.ts'
import type { RenditionStore } from '../ports/rendition-store.ts'
import type { Change } from './change-asset.ts'

type Deps = {
  change: (by: Principal, ref: AssetRef, change: Change) => Promise<Asset>
  files: FileStore
  renditions: RenditionStore
  blobs: BlobStore
  nowMs: () => number
}

/** The record says "purged" before the first file goes, so that a crash in between leaves orphans, never a promise without files. */
export const purgeAsset =
  ({ change, files, renditions, blobs, nowMs }: Deps) =>
  async (by: Principal, ref: AssetRef): Promise<Asset> => {
    const asset = await change(by, ref, {
      decide: (known) => purge(known, nowMs()),
      event: 'asset.purged',
      show: ({ flags }) => ({ flags }),
    })
    for (const rendition of await renditions.detachAll(by.accountId, asset.id)) await blobs.remove(rendition.folder)
    for (const file of await files.filesOf(by.accountId, asset.id)) {
      if (file.location === 'managed') await blobs.remove(file.path)
      await files.setFileState(by.accountId, file.id, 'missing')
    }
    return asset
  }
