import type { AssetChange } from '@capstan/contract/assets'
import type { Clock } from '../../lib/clock.ts'
import { CapstanError } from '../../lib/errors.ts'
import type { Principal } from '../identity/api.ts'
import type { AssetsApi } from './api.ts'
import * as asset from './domain/asset.ts'
import { toSummary } from './domain/view.ts'
import type { AssetPage, AssetRef, AssetStore } from './ports/asset-store.ts'
import type { LocalBlobStore } from './ports/blob-store.ts'
import type { FileStore } from './ports/file-store.ts'
import type { MarkStore } from './ports/mark-store.ts'
import type { RenditionStore } from './ports/rendition-store.ts'
import { attachRendition, renditionIdOf } from './use-cases/attach-rendition.ts'
import { changeAsset, getAsset } from './use-cases/change-asset.ts'
import { addMarker, changeMarker, listMarkers, removeMarker } from './use-cases/markers.ts'
import { purgeAsset } from './use-cases/purge-asset.ts'
import { registerAsset } from './use-cases/register-asset.ts'
import { addSubClip, getSubClip, listSubClips, removeSubClip, renameSubClip } from './use-cases/sub-clips.ts'
import { listAssets, viewAsset } from './use-cases/view-asset.ts'

export type AssetsDeps = {
  assets: AssetStore
  files: FileStore
  renditions: RenditionStore
  marks: MarkStore
  blobs: LocalBlobStore
  nextNumber: () => Promise<number>
  clock: Clock
}

export type Assets = ReturnType<typeof createAssets>

const showFlags = ({ flags }: asset.Asset) => ({ flags })
const showDescription = ({ name, description, tags }: asset.Asset) => ({ name, description, tags })

export function createAssets({ assets, files, renditions, marks, blobs, nextNumber, clock }: AssetsDeps) {
  const nowMs = () => clock.now()
  const deps = { assets, files, renditions, marks, blobs, nextNumber, nowMs }
  const change = changeAsset(deps)
  const register = registerAsset(deps)
  const view = viewAsset(deps)

  const api: AssetsApi = {
    register: async (by, input) => {
      const { asset: registered, fileId } = await register(by, input)
      return { id: registered.id, number: registered.number, name: registered.name, fileId }
    },
    ref: async (accountId, id) => {
      const { number, name } = await getAsset(assets, accountId, id)
      return { id, number, name }
    },
    findByChecksum: async (accountId, sha256) => {
      const file = await files.findByChecksum(accountId, sha256)
      return file && api.ref(accountId, file.assetId)
    },
    original: async (accountId, assetId) => {
      const [file] = await files.filesOf(accountId, assetId)
      if (!file) throw new CapstanError('conflict', `asset ${assetId} is a placeholder: its essence is not here yet`)
      const { id: fileId, location: kind, storage, path, sizeBytes, originalName, mediaType, checksums, identity } = file
      return { fileId, assetId, storage, kind, path, sizeBytes, originalName, mediaType, checksums, identity }
    },
    setChecksums: (accountId, fileId, checksums) => files.setChecksums(accountId, fileId, checksums),
    setFileState: (accountId, fileId, state) => files.setFileState(accountId, fileId, state),
    setFacts: async (by, assetId, facts) => {
      await change(by, assetId, {
        decide: (known) => asset.probed(known, facts, nowMs()),
        event: 'asset.probed',
        show: ({ kind, technical }) => ({
          kind,
          container: technical?.format.container ?? null,
          durationUs: technical?.format.durationUs ?? null,
        }),
      })
    },
    technical: async (accountId, assetId) => {
      const { kind, technical } = await getAsset(assets, accountId, assetId)
      return { kind, technical }
    },
    attachRendition: async (by, input) => {
      const { id, folder, mainFile } = await attachRendition(deps)(by, input)
      return { id, mainFile: `${folder}/${mainFile}` }
    },
    setPublished: async (by, assetId, location) => {
      const event = location === null ? 'asset.unpublished' : 'asset.published'
      await change(by, assetId, {
        decide: (known) => asset.published(known, location, nowMs()),
        event,
        show: ({ publishedTo }) => ({ publishedTo }),
      })
    },
    view,
    summaries: async (accountId, numbers) => (await assets.findMany(accountId, numbers)).map(toSummary),
    madeRendition: async (accountId, jobKey, name) => {
      const made = await renditions.findRendition(accountId, renditionIdOf(accountId, jobKey, name))
      return made && { mainFile: `${made.folder}/${made.mainFile}`, facts: made.facts }
    },
  }

  return {
    api,
    store: assets,
    files,
    renditions,
    blobs,
    view,
    get: (accountId: number, ref: AssetRef) => getAsset(assets, accountId, ref),
    list: (accountId: number, page: AssetPage) => listAssets(deps)(accountId, page),
    describe: (by: Principal, ref: AssetRef, fields: AssetChange, expectedRevision: number | null) =>
      change(by, ref, {
        decide: (known) => asset.describe(known, fields, nowMs()),
        event: 'asset.changed',
        show: showDescription,
        expectedRevision,
      }),
    toBin: (by: Principal, ref: AssetRef) =>
      change(by, ref, { decide: (known) => asset.toBin(known, nowMs()), event: 'asset.deleted', show: showFlags }),
    outOfBin: (by: Principal, ref: AssetRef) =>
      change(by, ref, { decide: (known) => asset.outOfBin(known, nowMs()), event: 'asset.restored', show: showFlags }),
    purge: purgeAsset({ change, files, renditions, blobs, nowMs }),
    recordWork: (by: Principal, assetId: string, work: asset.AssetWork, warnings: readonly string[]) =>
      change(by, assetId, {
        decide: (known) => asset.worked(known, work, warnings, nowMs()),
        event: 'asset.worked',
        show: (known) => ({ work: known.work, warnings: known.warnings }),
      }),
    addSubClip: addSubClip(deps),
    listSubClips: listSubClips(deps),
    subClip: getSubClip(deps),
    renameSubClip: renameSubClip(deps),
    removeSubClip: removeSubClip(deps),
    addMarker: addMarker(deps),
    listMarkers: listMarkers(deps),
    changeMarker: changeMarker(deps),
    removeMarker: removeMarker(deps),
  }
}
