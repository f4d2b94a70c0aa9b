import type { AssetFlag, AssetKind } from '@capstan/contract/assets'
import type { Technical } from '@capstan/contract/technical'
import { sortKey } from '../../lib/sort-key.ts'
import type { Asset, AssetWork } from '../../services/assets/domain/asset.ts'
import type { AssetFile, Rendition, RenditionFile } from '../../services/assets/domain/file.ts'

type AssetRow = {
  number: number
  account_id: number
  id: string
  arrival_key: string
  name: string
  name_key: string
  description: string
  kind: string
  flags: string
  deleted: number
  tags: string
  original_name: string
  technical: string | null
  size_bytes: number | null
  duration_us: number | null
  warnings: string
  poster_id: string | null
  thumbnails_id: string | null
  published_to: string | null
  work: string | null
  created_by: string
  revision: number
  created_at_ms: number
  updated_at_ms: number
}

type FileRow = {
  id: string
  account_id: number
  asset_id: string
  original_name: string
  name_bytes: string | null
  size_bytes: number
  media_type: string
  sha256: string | null
  md5: string | null
  xxh64: string | null
  storage: string
  location: string
  path: string
  state: string
  identity: string | null
  created_at_ms: number
}

type RenditionRow = {
  id: string
  account_id: number
  asset_id: string
  kind: string
  name: string
  files: string
  main_file: string
  media_type: string
  size_bytes: number
  facts: string
  job_id: string | null
  job_key: string
  settings: string
  folder: string
  created_at_ms: number
}

export type AssetTables = {
  assets_asset: AssetRow & { size_key: number; duration_key: number }
  assets_file: FileRow
  assets_rendition: RenditionRow
}

const parseStrings = (json: string) => JSON.parse(json) as string[]
const parseRecord = (json: string) => JSON.parse(json) as Record<string, unknown>

export const toAssetRow = (asset: Asset): AssetRow => ({
  number: asset.number,
  account_id: asset.accountId,
  id: asset.id,
  arrival_key: asset.key,
  name: asset.name,
  name_key: sortKey(asset.name),
  description: asset.description,
  kind: asset.kind,
  flags: asset.flags.join(' '),
  deleted: asset.flags.includes('deleted') ? 1 : 0,
  tags: JSON.stringify(asset.tags),
  original_name: asset.originalName,
  technical: asset.technical && JSON.stringify(asset.technical),
  size_bytes: asset.sizeBytes,
  duration_us: asset.technical?.format.durationUs ?? null,
  warnings: JSON.stringify(asset.warnings),
  poster_id: asset.posterId,
  thumbnails_id: asset.thumbnailsId,
  published_to: asset.publishedTo,
  work: asset.work && JSON.stringify(asset.work),
  created_by: asset.createdBy,
  revision: asset.revision,
  created_at_ms: asset.createdAtMs,
  updated_at_ms: asset.updatedAtMs,
})

export const toAsset = (row: AssetRow): Asset => ({
  accountId: Number(row.account_id),
  number: Number(row.number),
  id: row.id,
  key: row.arrival_key,
  name: row.name,
  description: row.description,
  kind: row.kind as AssetKind,
  flags: row.flags === '' ? [] : (row.flags.split(' ') as AssetFlag[]),
  tags: parseStrings(row.tags),
  originalName: row.original_name,
  technical: row.technical === null ? null : (JSON.parse(row.technical) as Technical),
  sizeBytes: row.size_bytes === null ? null : Number(row.size_bytes),
  warnings: parseStrings(row.warnings),
  posterId: row.poster_id,
  thumbnailsId: row.thumbnails_id,
  publishedTo: row.published_to,
  work: row.work === null ? null : (JSON.parse(row.work) as AssetWork),
  createdBy: row.created_by,
  revision: Number(row.revision),
  createdAtMs: Number(row.created_at_ms),
  updatedAtMs: Number(row.updated_at_ms),
})

export const toFileRow = (file: AssetFile): FileRow => ({
  id: file.id,
  account_id: file.accountId,
  asset_id: file.assetId,
  original_name: file.originalName,
  name_bytes: file.nameBytes,
  size_bytes: file.sizeBytes,
  media_type: file.mediaType,
  sha256: file.checksums.sha256 ?? null,
  md5: file.checksums.md5 ?? null,
  xxh64: file.checksums.xxh64 ?? null,
  storage: file.storage,
  location: file.location,
  path: file.path,
  state: file.state,
  identity: file.identity,
  created_at_ms: file.createdAtMs,
})

export const toFile = (row: FileRow): AssetFile => ({
  accountId: Number(row.account_id),
  id: row.id,
  assetId: row.asset_id,
  originalName: row.original_name,
  nameBytes: row.name_bytes,
  sizeBytes: Number(row.size_bytes),
  mediaType: row.media_type,
  checksums: {
    ...(row.sha256 ? { sha256: row.sha256 } : {}),
    ...(row.md5 ? { md5: row.md5 } : {}),
    ...(row.xxh64 ? { xxh64: row.xxh64 } : {}),
  },
  storage: row.storage,
  location: row.location as AssetFile['location'],
  path: row.path,
  state: row.state as AssetFile['state'],
  identity: row.identity,
  createdAtMs: Number(row.created_at_ms),
})

export const toRenditionRow = (rendition: Rendition): RenditionRow => ({
  id: rendition.id,
  account_id: rendition.accountId,
  asset_id: rendition.assetId,
  kind: rendition.kind,
  name: rendition.name,
  files: JSON.stringify(rendition.files),
  main_file: rendition.mainFile,
  media_type: rendition.mediaType,
  size_bytes: rendition.sizeBytes,
  facts: JSON.stringify(rendition.facts),
  job_id: rendition.jobId,
  job_key: rendition.jobKey,
  settings: JSON.stringify(rendition.settings),
  folder: rendition.folder,
  created_at_ms: rendition.createdAtMs,
})

export const toRendition = (row: RenditionRow): Rendition => ({
  accountId: Number(row.account_id),
  id: row.id,
  assetId: row.asset_id,
  kind: row.kind as Rendition['kind'],
  name: row.name,
  files: JSON.parse(row.files) as RenditionFile[],
  mainFile: row.main_file,
  mediaType: row.media_type,
  sizeBytes: Number(row.size_bytes),
  facts: parseRecord(row.facts),
  jobId: row.job_id,
  jobKey: row.job_key,
  settings: parseRecord(row.settings),
  folder: row.folder,
  createdAtMs: Number(row.created_at_ms),
})
