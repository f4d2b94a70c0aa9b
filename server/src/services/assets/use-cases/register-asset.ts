import { authorise, type Principal } from '../../identity/api.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { RegisterAsset } from '../api.ts'
import { displayName, newAsset, type Asset } from '../domain/asset.ts'
import type { AssetFile } from '../domain/file.ts'
import type { AssetStore } from '../ports/asset-store.ts'
import type { FileStore } from '../ports/file-store.ts'
import { assetEvent } from './change-asset.ts'

type Deps = { assets: AssetStore; files: FileStore; nextNumber: () => Promise<number>; nowMs: () => number }

/** Makes what arrived findable at once. Repeating it with the same key answers the first asset. */
export const registerAsset =
  ({ assets, files, nextNumber, nowMs }: Deps) =>
  async (by: Principal, input: RegisterAsset): Promise<{ asset: Asset; fileId: string | null }> => {
    authorise(by, 'ingest')
    const now = nowMs()
    const asset: Asset = {
      ...newAsset({
        accountId: by.accountId,
        number: await nextNumber(),
        id: input.id ?? uuidv7(now),
        key: input.key,
        name: displayName(input.name),
        originalName: input.originalName,
        createdBy: by.name,
        nowMs: now,
      }),
      sizeBytes: input.file?.sizeBytes ?? null,
    }
    const file = input.file && toFile(asset, input, input.file)
    const event = assetEvent('asset.created', by, null, asset, now, ({ name, originalName, sizeBytes }) => ({
      name,
      originalName,
      sizeBytes,
    }))
    const registered = await assets.register(asset, file, [event])
    if (registered.id === asset.id) return { asset: registered, fileId: file?.id ?? null }
    const known = await files.filesOf(by.accountId, registered.id)
    return { asset: registered, fileId: known[0]?.id ?? null }
  }

const toFile = (asset: Asset, input: RegisterAsset, file: NonNullable<RegisterAsset['file']>): AssetFile => ({
  accountId: asset.accountId,
  id: uuidv7(asset.createdAtMs),
  assetId: asset.id,
  originalName: input.originalName,
  nameBytes: input.nameBytes,
  sizeBytes: file.sizeBytes,
  mediaType: file.mediaType,
  checksums: file.checksums,
  storage: file.storage,
  location: file.kind,
  path: file.path,
  state: 'present',
  identity: file.identity,
  createdAtMs: asset.createdAtMs,
})
