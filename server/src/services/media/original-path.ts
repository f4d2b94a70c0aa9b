import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { CapstanError } from '../../lib/errors.ts'
import type { AssetsApi } from '../assets/api.ts'

type Deps = { assets: AssetsApi; localPath: (path: string) => string; identityOf: (path: string) => Promise<string | null> }

/** A file that stays the same while it is open, whatever is put in its place; `path` is good within this process until `close`. */
export type OpenOriginal = Readonly<{ path: string; close: () => Promise<void> }>

type Opens = Deps & { open: (path: string) => Promise<OpenOriginal & { identity: string }> }

/** Where an asset's original lies on this machine. A file in place that is gone or was changed is said so, by name, and remembered as such. */
export const originalPath =
  (deps: Deps) =>
  async (accountId: number, assetId: string): Promise<string> =>
    (await locate(deps, accountId, assetId)).path

/** The same, opened: between the look and the reading nobody can put another file, or a link to one of ours, in place of one that is not ours. */
export const openOriginal =
  (deps: Opens) =>
  async (accountId: number, assetId: string): Promise<OpenOriginal> => {
    const { path, kind, identity } = await locate(deps, accountId, assetId)
    if (kind === 'managed') return { path, close: async () => undefined }
    const opened = await deps.open(path)
    if (identity === null || opened.identity === identity) return opened
    await opened.close()
    throw changed(path)
  }

async function locate({ assets, localPath, identityOf }: Deps, accountId: number, assetId: string) {
  const original = await assets.original(accountId, assetId)
  const { kind, identity: registered } = original
  if (kind === 'managed') {
    const path = localPath(original.path)
    if (await stat(path).catch(() => null)) return { path, kind, identity: null }
    await assets.setFileState(accountId, original.fileId, 'missing')
    throw new CapstanError('not_found', `the file of this asset is missing in the storage: ${original.path}`)
  }
  const identity = await identityOf(original.path)
  if (identity === null) {
    await assets.setFileState(accountId, original.fileId, 'missing')
    throw new CapstanError('not_found', `the file ${basename(original.path)} is no longer where it was registered`)
  }
  if (registered !== null && identity !== registered) {
    await assets.setFileState(accountId, original.fileId, 'changed')
    throw changed(original.path)
  }
  return { path: original.path, kind, identity: registered }
}

/** By its name: where it lies is told to those who look after it, and a fault is read by everybody. */
const changed = (path: string) =>
  new CapstanError('conflict', `the file ${basename(path)} was changed since it was registered: register it anew`)
