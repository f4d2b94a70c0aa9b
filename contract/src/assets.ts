import { z } from 'zod'
import { Id, IdParams, listOf, ListQuery, ObjectNumber, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { Technical } from './technical.ts'

export const ASSET_KINDS = ['video', 'audio', 'image', 'document', 'other', 'unknown'] as const
/** `unknown` until the probe has looked. */
export const AssetKind = z.enum(ASSET_KINDS)
export type AssetKind = z.infer<typeof AssetKind>

export const AssetFlag = z.enum(['archived', 'locked', 'online', 'published', 'approved', 'deleted', 'purged'])
export type AssetFlag = z.infer<typeof AssetFlag>

/** How the newest run about this asset goes. */
export const AssetWork = z.object({
  runId: Id,
  status: z.enum(['running', 'paused', 'completed', 'failed', 'cancelled']),
  warnings: z.int(),
})
export type AssetWork = z.infer<typeof AssetWork>

/** What a tile or a row of the library shows. */
export const AssetSummary = z.object({
  id: Id,
  number: ObjectNumber,
  name: z.string(),
  kind: AssetKind,
  flags: z.array(AssetFlag),
  tags: z.array(z.string()),
  sizeBytes: z.int().nullable(),
  durationUs: z.int().nullable(),
  /** Frames a second as an exact fraction, for the timecode of the duration. */
  rate: z.object({ num: z.int(), den: z.int() }).nullable(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  /** Short facts in the order they matter: `1080p25`, `H.264`, `8 ch`, `HDR PQ`. */
  facts: z.array(z.string()),
  posterId: Id.nullable(),
  thumbnailsId: Id.nullable(),
  work: AssetWork.nullable(),
  revision: z.int(),
  createdAt: Time,
  updatedAt: Time,
})
export type AssetSummary = z.infer<typeof AssetSummary>

export const Checksums = z.object({ sha256: z.string().optional(), md5: z.string().optional(), xxh64: z.string().optional() })

export const FileView = z.object({
  id: Id,
  assetId: Id,
  /** The name it came with, exactly; with `nameBytes` (base64) where it was no UTF-8. */
  originalName: z.string(),
  nameBytes: z.string().nullable(),
  sizeBytes: z.int(),
  mediaType: z.string(),
  checksums: Checksums,
  /** `in_place`: registered where it lies, never written by us. */
  location: z.object({
    storage: z.string(),
    kind: z.enum(['managed', 'in_place']),
    /** Null for those who neither operate nor administer. */
    path: z.string().nullable(),
    state: z.enum(['present', 'missing', 'changed']),
  }),
  createdAt: Time,
})
export type FileView = z.infer<typeof FileView>

export const RenditionKind = z.enum([
  'proxy',
  'hls',
  'poster',
  'thumbnails',
  'keyframes',
  'waveform',
  'image',
  'text',
  /** One WebVTT file on the proxy's clock; facts: `language`, `label`, `forced` and `source`, the codec that it was read from. */
  'captions',
  'sub_clip',
])
export type RenditionKind = z.infer<typeof RenditionKind>

export const RenditionView = z.object({
  id: Id,
  assetId: Id,
  kind: RenditionKind,
  /** Its folder within the asset when one kind stands there several times: `image-1280`. */
  name: z.string(),
  mediaType: z.string(),
  sizeBytes: z.int(),
  files: z.array(z.object({ path: z.string(), mediaType: z.string(), sizeBytes: z.int(), sha256: z.string() })),
  mainFile: z.string(),
  facts: z.record(z.string(), z.unknown()),
  provenance: z.object({ jobId: Id.nullable(), jobKey: z.string(), settings: z.record(z.string(), z.unknown()) }),
  /** With byte ranges; other files of the rendition are below it: `<contentUrl>/hls/0.m4s`. */
  contentUrl: z.string(),
  createdAt: Time,
})
export type RenditionView = z.infer<typeof RenditionView>

export const SubClipView = z.object({
  id: Id,
  assetId: Id,
  name: z.string(),
  /** Frame (or audio sample) indexes at `rate`; out is exclusive. */
  inIndex: z.int().nonnegative(),
  outIndex: z.int().positive(),
  rate: z.object({ num: z.int().positive(), den: z.int().positive() }),
  inTimecode: z.string().nullable(),
  outTimecode: z.string().nullable(),
  createdBy: z.string(),
  createdAt: Time,
  revision: z.int(),
})
export type SubClipView = z.infer<typeof SubClipView>

/** A remark at one frame. */
export const MarkerView = z.object({
  id: Id,
  assetId: Id,
  /** Frame (or audio sample) index at `rate`. */
  index: z.int().nonnegative(),
  rate: z.object({ num: z.int().positive(), den: z.int().positive() }),
  timecode: z.string().nullable(),
  text: z.string(),
  authorId: Id,
  createdBy: z.string(),
  createdAt: Time,
  revision: z.int(),
})
export type MarkerView = z.infer<typeof MarkerView>

const MarkerText = z.string().max(2_000)

export const AssetView = AssetSummary.extend({
  description: z.string(),
  originalName: z.string(),
  technical: Technical.nullable(),
  files: z.array(FileView),
  renditions: z.array(RenditionView),
  warnings: z.array(z.string()),
  createdBy: z.string(),
  /** The package: its path on the server for those who operate or administer, its name for others. Null when it is not published. */
  publishedTo: z.string().nullable(),
})
export type AssetView = z.infer<typeof AssetView>

export const AssetChange = z.object({
  name: z.string().min(1).max(500).optional(),
  description: z.string().max(20_000).optional(),
  tags: z.array(z.string().min(1).max(100)).max(200).optional(),
})
export type AssetChange = z.infer<typeof AssetChange>

export const FacetView = z.object({
  field: z.string(),
  label: z.string(),
  values: z.array(z.object({ value: z.string(), count: z.int() })),
})
export type FacetView = z.infer<typeof FacetView>

export const SearchReply = listOf(AssetSummary).extend({ total: z.int(), tookMs: z.number(), facets: z.array(FacetView) })
export type SearchReply = z.infer<typeof SearchReply>

export const assets = {
  list: endpoint({
    method: 'GET',
    path: '/assets',
    permission: 'see',
    tag: 'assets',
    summary: 'Assets, newest first; `filter=deleted` lists the bin',
    query: ListQuery,
    reply: listOf(AssetSummary),
  }),
  create: endpoint({
    method: 'POST',
    path: '/assets',
    permission: 'ingest',
    tag: 'assets',
    summary: 'Add a placeholder: known, its essence not here yet',
    body: z.object({
      name: z.string().min(1).max(500),
      description: z.string().max(20_000).default(''),
      tags: z.array(z.string().min(1).max(100)).max(200).default([]),
    }),
    reply: AssetView,
    status: 201,
  }),
  get: endpoint({
    method: 'GET',
    path: '/assets/:id',
    permission: 'see',
    tag: 'assets',
    summary: 'One asset with its facts, files and renditions',
    params: IdParams,
    reply: AssetView,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/assets/:id',
    permission: 'edit',
    tag: 'assets',
    summary: 'Change the descriptive fields',
    params: IdParams,
    body: AssetChange,
    reply: AssetView,
    ifMatch: true,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/assets/:id',
    permission: 'edit',
    tag: 'assets',
    summary: 'Move to the bin',
    params: IdParams,
    reply: AssetView,
  }),
  restore: endpoint({
    method: 'POST',
    path: '/assets/:id/restore',
    permission: 'edit',
    tag: 'assets',
    summary: 'Take out of the bin',
    params: IdParams,
    reply: AssetView,
  }),
  purge: endpoint({
    method: 'POST',
    path: '/assets/:id/purge',
    permission: 'administer',
    tag: 'assets',
    summary: 'Remove the files of a deleted asset for good; its record stays',
    params: IdParams,
    reply: AssetView,
  }),
  renditions: endpoint({
    method: 'GET',
    path: '/assets/:id/renditions',
    permission: 'see',
    tag: 'assets',
    summary: 'Its renditions',
    params: IdParams,
    reply: listOf(RenditionView),
  }),
  subClips: endpoint({
    method: 'GET',
    path: '/assets/:id/sub-clips',
    permission: 'see',
    tag: 'assets',
    summary: 'Its sub-clips; at most 1,000',
    params: IdParams,
    reply: listOf(SubClipView),
  }),
  addSubClip: endpoint({
    method: 'POST',
    path: '/assets/:id/sub-clips',
    permission: 'edit',
    tag: 'assets',
    summary: 'Keep a sub-clip',
    params: IdParams,
    body: z.object({ name: z.string().min(1).max(500), inIndex: z.int().nonnegative(), outIndex: z.int().positive() }),
    reply: SubClipView,
    status: 201,
  }),
  renameSubClip: endpoint({
    method: 'PATCH',
    path: '/assets/:id/sub-clips/:subClipId',
    permission: 'edit',
    tag: 'assets',
    summary: 'Rename a sub-clip',
    params: IdParams.extend({ subClipId: Id }),
    body: z.object({ name: z.string().min(1).max(500) }),
    reply: SubClipView,
    ifMatch: true,
  }),
  removeSubClip: endpoint({
    method: 'DELETE',
    path: '/assets/:id/sub-clips/:subClipId',
    permission: 'edit',
    tag: 'assets',
    summary: 'Remove a sub-clip',
    params: IdParams.extend({ subClipId: Id }),
    status: 204,
  }),
  subClipContent: endpoint({
    method: 'GET',
    path: '/assets/:id/sub-clips/:subClipId/content',
    permission: 'export',
    tag: 'assets',
    summary: 'Download a sub-clip, frame exact, made from the source at once',
    params: IdParams.extend({ subClipId: Id }),
    bytes: true,
  }),
  markers: endpoint({
    method: 'GET',
    path: '/assets/:id/markers',
    permission: 'see',
    tag: 'assets',
    summary: 'Its markers: remarks at frames, in their order; at most 1,000',
    params: IdParams,
    reply: listOf(MarkerView),
  }),
  addMarker: endpoint({
    method: 'POST',
    path: '/assets/:id/markers',
    permission: 'play_proxy',
    tag: 'assets',
    summary: 'Set a marker at a frame',
    params: IdParams,
    body: z.object({ index: z.int().nonnegative(), text: MarkerText.default('') }),
    reply: MarkerView,
    status: 201,
  }),
  changeMarker: endpoint({
    method: 'PATCH',
    path: '/assets/:id/markers/:markerId',
    permission: 'play_proxy',
    tag: 'assets',
    summary: "Change the text of a marker: one's own, or with the right edit anybody's",
    params: IdParams.extend({ markerId: Id }),
    body: z.object({ text: MarkerText }),
    reply: MarkerView,
    ifMatch: true,
  }),
  removeMarker: endpoint({
    method: 'DELETE',
    path: '/assets/:id/markers/:markerId',
    permission: 'play_proxy',
    tag: 'assets',
    summary: "Remove a marker: one's own, or with the right edit anybody's",
    params: IdParams.extend({ markerId: Id }),
    status: 204,
  }),
  still: endpoint({
    method: 'GET',
    path: '/assets/:id/still',
    permission: 'export',
    tag: 'assets',
    summary: 'A full-size still of one frame, from the source',
    params: IdParams,
    query: z.object({ frame: z.coerce.number().int().nonnegative() }),
    bytes: true,
  }),
  publish: endpoint({
    method: 'POST',
    path: '/assets/:id/publish',
    permission: 'publish',
    tag: 'assets',
    summary: 'Start the workflow that makes a package',
    params: IdParams,
    body: z.object({ renditions: z.array(z.union([RenditionKind, z.literal('original')])).optional() }).default({}),
    reply: z.object({ runId: Id }),
    status: 202,
  }),
  unpublish: endpoint({
    method: 'POST',
    path: '/assets/:id/unpublish',
    permission: 'publish',
    tag: 'assets',
    summary: 'Remove the package',
    params: IdParams,
    reply: z.object({ runId: Id }),
    status: 202,
  }),
}

export const search = {
  query: endpoint({
    method: 'GET',
    path: '/search',
    permission: 'see',
    tag: 'search',
    summary: 'Find assets; the query language is described in the guide "search language"',
    query: ListQuery.extend({
      facets: z.string().max(500).optional().describe('comma-separated fields to count'),
      typing: z.enum(['0', '1']).default('0').describe('1 while somebody types: what is not finished is no error, the last word may go on'),
    }),
    reply: SearchReply,
  }),
}

export const files = {
  list: endpoint({
    method: 'GET',
    path: '/files',
    permission: 'see',
    tag: 'files',
    summary: 'Files; `filter=asset:<id>`',
    query: ListQuery,
    reply: listOf(FileView),
  }),
  get: endpoint({
    method: 'GET',
    path: '/files/:id',
    permission: 'see',
    tag: 'files',
    summary: 'One file',
    params: IdParams,
    reply: FileView,
  }),
  content: endpoint({
    method: 'GET',
    path: '/files/:id/content',
    permission: 'download_original',
    tag: 'files',
    summary: 'The original, with byte ranges, as an attachment',
    params: IdParams,
    bytes: true,
  }),
}

export const renditions = {
  list: endpoint({
    method: 'GET',
    path: '/renditions',
    permission: 'see',
    tag: 'renditions',
    summary: 'Renditions; `filter=asset:<id>` or `filter=kind:<kind>`',
    query: ListQuery,
    reply: listOf(RenditionView),
  }),
  get: endpoint({
    method: 'GET',
    path: '/renditions/:id',
    permission: 'see',
    tag: 'renditions',
    summary: 'One rendition with its facts and provenance',
    params: IdParams,
    reply: RenditionView,
  }),
  content: endpoint({
    method: 'GET',
    path: '/renditions/:id/content',
    permission: 'see',
    tag: 'renditions',
    summary: 'Its main file, with byte ranges (right play_proxy); `download=1` as an attachment (right download_proxy)',
    params: IdParams,
    query: z.object({ download: z.enum(['0', '1']).default('0') }),
    bytes: true,
  }),
  file: endpoint({
    method: 'GET',
    path: '/renditions/:id/content/*',
    permission: 'play_proxy',
    tag: 'renditions',
    summary: 'Another of its files: a segment, a sheet of pictures',
    params: IdParams.extend({ '*': z.string().max(500) }),
    bytes: true,
  }),
}
