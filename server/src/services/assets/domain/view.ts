import type { AssetSummary, AssetView, FileView, MarkerView, RenditionView, SubClipView } from '@capstan/contract/assets'
import { isoTime } from '../../../lib/clock.ts'
import type { Asset } from './asset.ts'
import { shortFacts } from './facts.ts'
import type { AssetFile, Rendition } from './file.ts'
import type { Marker, SubClip } from './mark.ts'

/** What a tile shows. */
export function toSummary(asset: Asset): AssetSummary {
  const { technical } = asset
  const video = technical?.video.find((stream) => !stream.attachedPicture)
  return {
    id: asset.id,
    number: asset.number,
    name: asset.name,
    kind: asset.kind,
    flags: [...asset.flags],
    tags: [...asset.tags],
    sizeBytes: asset.sizeBytes,
    durationUs: technical?.format.durationUs ?? null,
    rate: video?.rate ?? null,
    width: video?.displayWidth ?? technical?.image?.width ?? null,
    height: video?.displayHeight ?? technical?.image?.height ?? null,
    facts: shortFacts(technical),
    posterId: asset.posterId,
    thumbnailsId: asset.thumbnailsId,
    work: asset.work,
    revision: asset.revision,
    createdAt: isoTime(asset.createdAtMs),
    updatedAt: isoTime(asset.updatedAtMs),
  }
}

export const toView = (asset: Asset, files: readonly AssetFile[], renditions: readonly Rendition[]): AssetView => ({
  ...toSummary(asset),
  description: asset.description,
  originalName: asset.originalName,
  technical: asset.technical,
  files: files.map(toFileView),
  renditions: renditions.map(toRenditionView),
  warnings: [...asset.warnings],
  createdBy: asset.createdBy,
  publishedTo: asset.publishedTo,
})

export const toFileView = (file: AssetFile): FileView => ({
  id: file.id,
  assetId: file.assetId,
  originalName: file.originalName,
  nameBytes: file.nameBytes,
  sizeBytes: file.sizeBytes,
  mediaType: file.mediaType,
  checksums: file.checksums,
  location: { storage: file.storage, kind: file.location, path: file.path, state: file.state },
  createdAt: isoTime(file.createdAtMs),
})

/** For those who need not know where things lie: a package keeps its name. */
export const withoutPlaces = (view: AssetView): AssetView => ({
  ...view,
  files: view.files.map(withoutPlace),
  publishedTo: view.publishedTo?.split('/').at(-1) ?? null,
})

export const withoutPlace = (view: FileView): FileView => ({ ...view, location: { ...view.location, path: null } })

export const toRenditionView = (rendition: Rendition): RenditionView => ({
  id: rendition.id,
  assetId: rendition.assetId,
  kind: rendition.kind,
  name: rendition.name,
  mediaType: rendition.mediaType,
  sizeBytes: rendition.sizeBytes,
  files: [...rendition.files],
  mainFile: rendition.mainFile,
  facts: rendition.facts,
  provenance: { jobId: rendition.jobId, jobKey: rendition.jobKey, settings: rendition.settings },
  contentUrl: `/api/v1/renditions/${rendition.id}/content`,
  createdAt: isoTime(rendition.createdAtMs),
})

export const toSubClipView = (clip: SubClip, timecodes: { in: string | null; out: string | null }): SubClipView => ({
  id: clip.id,
  assetId: clip.assetId,
  name: clip.name,
  inIndex: clip.inIndex,
  outIndex: clip.outIndex,
  rate: clip.rate,
  inTimecode: timecodes.in,
  outTimecode: timecodes.out,
  createdBy: clip.createdBy,
  createdAt: isoTime(clip.createdAtMs),
  revision: clip.revision,
})

export const toMarkerView = (marker: Marker, timecode: string | null): MarkerView => ({
  id: marker.id,
  assetId: marker.assetId,
  index: marker.index,
  rate: marker.rate,
  timecode,
  text: marker.text,
  authorId: marker.authorId,
  createdBy: marker.createdBy,
  createdAt: isoTime(marker.createdAtMs),
  revision: marker.revision,
})
