import { stat } from 'node:fs/promises'
import { CapstanError } from '../../lib/errors.ts'
import type { AssetsApi } from '../assets/api.ts'

type Deps = { assets: AssetsApi; localPath: (path: string) => string; identityOf: (path: string) => Promise<string | null> }

/** Where an asset's original lies on this machine. A file in place that is gone or was changed is said so, by name, and remembered as such. */
export const originalPath =
  ({ assets, localPath, identityOf }: Deps) =>
  async (accountId: number, assetId: string): Promise<string> => {
    const original = await assets.original(accountId, assetId)
    if (original.kind === 'managed') {
      const path = localPath(original.path)
      if (await stat(path).catch(() => null)) return path
      await assets.setFileState(accountId, original.fileId, 'missing')
      throw new CapstanError('not_found', `the file of this asset is missing in the storage: ${original.path}`)
    }
    const identity = await identityOf(original.path)
    if (identity === null) {
      await assets.setFileState(accountId, original.fileId, 'missing')
      throw new CapstanError('not_found', `the file ${original.path} is no longer where it was registered`)
    }
    if (original.identity !== null && identity !== original.identity) {
      await assets.setFileState(accountId, original.fileId, 'changed')
      throw new CapstanError('conflict', `the file ${original.path} was changed since it was registered: register it anew`)
    }
    return original.path
  }
