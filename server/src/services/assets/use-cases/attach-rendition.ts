import { uuidFrom } from '../../../lib/ids.ts'
import { CapstanError } from '../../../lib/errors.ts'
import { crashAt } from '../../../lib/crash-points.ts'
import { newEvent } from '../../../lib/events.ts'
import { actorOf, type Principal } from '../../identity/api.ts'
import type { NewRendition } from '../api.ts'
import type { Asset } from '../domain/asset.ts'
import type { Rendition } from '../domain/file.ts'
import type { AssetStore } from '../ports/asset-store.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { RenditionStore } from '../ports/rendition-store.ts'
import { getAsset, subjectOf } from './change-asset.ts'

type Deps = { assets: AssetStore; renditions: RenditionStore; blobs: BlobStore; nowMs: () => number }

const TRIES_MAX = 20

export const renditionIdOf = (accountId: number, jobKey: string, name: string): string => uuidFrom(`${accountId}/${jobKey}/${name}`)

/**
 * Files first, then the row: a reader never sees half a rendition. Its id follows from the job key, so that an attempt after a crash finds and
 * replaces what the one before left without a row.
 */
export const attachRendition =
  ({ assets, renditions, blobs, nowMs }: Deps) =>
  async (by: Principal, input: NewRendition): Promise<Rendition> => {
    const { accountId } = by
    const id = renditionIdOf(accountId, input.jobKey, input.name)
    const known = await renditions.findRendition(accountId, id)
    if (known) return known
    const folder = `${accountId}/${input.assetId}/${id}`
    const files = await blobs.place(input.stagedFolder, folder, input.files)
    const main = files.find((file) => file.path === input.mainFile)
    if (!main) throw new CapstanError('internal', `the ${input.name} of asset ${input.assetId} lacks its main file ${input.mainFile}`)
    const rendition: Rendition = {
      accountId,
      id,
      assetId: input.assetId,
      kind: input.kind,
      name: input.name,
      files,
      mainFile: input.mainFile,
      mediaType: main.mediaType,
      sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
      facts: input.facts,
      jobId: input.jobId,
      jobKey: input.jobKey,
      settings: input.settings,
      folder,
      createdAtMs: nowMs(),
    }
    crashAt('before-attach')
    const { replaced } = await commit({ assets, renditions, nowMs }, by, rendition)
    crashAt('after-attach')
    for (const old of replaced) await blobs.remove(old.folder)
    return rendition
  }

async function commit(
  { assets, renditions, nowMs }: Omit<Deps, 'blobs'>,
  by: Principal,
  rendition: Rendition,
): Promise<{ replaced: Rendition[] }> {
  for (let tries = 1; ; tries++) {
    const asset = await getAsset(assets, by.accountId, rendition.assetId)
    const event = newEvent('rendition.created', nowMs(), {
      accountId: by.accountId,
      actor: actorOf(by),
      subject: { kind: 'rendition', id: rendition.id, number: null, name: rendition.name },
      after: { kind: rendition.kind, sizeBytes: rendition.sizeBytes, asset: subjectOf(asset) },
      requestId: by.requestId,
      jobId: rendition.jobId,
      assetId: asset.id,
    })
    try {
      return await renditions.attach(rendition, withRendition(asset, rendition, nowMs()), asset.revision, [event])
    } catch (error) {
      if (!(error instanceof CapstanError && error.code === 'stale') || tries === TRIES_MAX) throw error
    }
  }
}

const withRendition = (asset: Asset, { kind, name, id }: Rendition, nowMs: number): Asset => ({
  ...asset,
  ...(kind === 'poster' || (kind === 'image' && (asset.posterId === null || name === LIST_PICTURE)) ? { posterId: id } : {}),
  ...(kind === 'thumbnails' ? { thumbnailsId: id } : {}),
  revision: asset.revision + 1,
  updatedAtMs: nowMs,
})

/** The size of an image or a first page that serves in lists; a smaller one where the source is small. */
const LIST_PICTURE = 'image-1280'
