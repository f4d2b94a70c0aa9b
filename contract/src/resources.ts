import { z } from 'zod'
import { Id, IdParams, listOf, ListQuery, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

export const StorageView = z.object({
  id: Id,
  name: z.string(),
  /** `file:` for now on one machine; other schemes in a cluster. Null for those who neither operate nor administer. */
  url: z.string().nullable(),
  purpose: z.enum(['media', 'uploads', 'publish', 'in_place']),
  sizeBytes: z.int().nullable(),
  freeBytes: z.int().nullable(),
  /** Below this much free space new work waits and uploads are refused. */
  lowWaterBytes: z.int(),
  status: z.enum(['ok', 'low', 'unreachable']),
  message: z.string().nullable(),
  revision: z.int(),
})
export type StorageView = z.infer<typeof StorageView>

export const storages = {
  list: endpoint({
    method: 'GET',
    path: '/storages',
    permission: 'see',
    tag: 'storages',
    summary: 'Where essence lies, with room and health',
    query: ListQuery,
    reply: listOf(StorageView),
  }),
  get: endpoint({
    method: 'GET',
    path: '/storages/:id',
    permission: 'see',
    tag: 'storages',
    summary: 'One storage',
    params: IdParams,
    reply: StorageView,
  }),
}

const HotFolderSettings = z.object({
  name: z.string().min(1).max(200),
  /** Absolute on the server. */
  path: z.string().min(1).max(4_000),
  workflow: z.string().min(1).max(200).default('ingest'),
  quietSeconds: z.number().min(0.1).max(3_600).default(10),
  enabled: z.boolean().default(true),
  /** The same checksum again. */
  duplicates: z.enum(['refuse', 'ingest']).default('ingest'),
})
export type HotFolderSettings = z.infer<typeof HotFolderSettings>

export const ArrivalView = z.object({
  id: Id,
  source: z.enum(['upload', 'hot_folder', 'in_place', 'command_line']),
  sourceName: z.string(),
  name: z.string(),
  state: z.enum(['receiving', 'watching', 'incomplete', 'taken', 'refused']),
  sizeBytes: z.int().nullable(),
  receivedBytes: z.int().nullable(),
  reason: z.string().nullable(),
  assetId: Id.nullable(),
  startedAt: Time,
  updatedAt: Time,
  expiresAt: Time.nullable(),
})
export type ArrivalView = z.infer<typeof ArrivalView>

export const HotFolderView = HotFolderSettings.extend({
  /** Absolute on the server. Null for those who neither operate nor administer. */
  path: z.string().nullable(),
  id: Id,
  status: z.enum(['watching', 'stopped', 'unreachable']),
  message: z.string().nullable(),
  watching: z.int(),
  revision: z.int(),
  createdAt: Time,
})
export type HotFolderView = z.infer<typeof HotFolderView>

export const hotFolders = {
  list: endpoint({
    method: 'GET',
    path: '/hot-folders',
    permission: 'see',
    tag: 'hot folders',
    summary: 'Watched folders',
    query: ListQuery,
    reply: listOf(HotFolderView),
  }),
  get: endpoint({
    method: 'GET',
    path: '/hot-folders/:id',
    permission: 'see',
    tag: 'hot folders',
    summary: 'One watched folder',
    params: IdParams,
    reply: HotFolderView,
  }),
  create: endpoint({
    method: 'POST',
    path: '/hot-folders',
    permission: 'administer',
    tag: 'hot folders',
    summary: 'Watch a folder',
    body: HotFolderSettings,
    reply: HotFolderView,
    status: 201,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/hot-folders/:id',
    permission: 'administer',
    tag: 'hot folders',
    summary: 'Change a watched folder',
    params: IdParams,
    body: HotFolderSettings.partial(),
    reply: HotFolderView,
    ifMatch: true,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/hot-folders/:id',
    permission: 'administer',
    tag: 'hot folders',
    summary: 'Stop watching; the files stay',
    params: IdParams,
    status: 204,
  }),
}

export const UploadView = z.object({
  id: z.string(),
  name: z.string(),
  sizeBytes: z.int(),
  receivedBytes: z.int(),
  /** Bytes come in right now, perhaps from another window or program. */
  sending: z.boolean(),
  /** Name, size, time and a hash of the ends: the same file again goes on where it stopped. */
  fingerprint: z.string().nullable(),
  workflow: z.string(),
  url: z.string(),
  /** What it became; null while it is unfinished. */
  assetId: Id.nullable(),
  createdAt: Time,
  updatedAt: Time,
  expiresAt: Time,
})
export type UploadView = z.infer<typeof UploadView>

/** Creation, data and termination of uploads follow tus 1.0 on the same path. */
export const uploads = {
  list: endpoint({
    method: 'GET',
    path: '/uploads',
    permission: 'ingest',
    tag: 'uploads',
    summary: 'My unfinished uploads; `filter=fingerprint:<fingerprint>` those of one file, also finished ones whose asset is there',
    query: ListQuery,
    reply: listOf(UploadView),
  }),
}

export const arrivals = {
  list: endpoint({
    method: 'GET',
    path: '/arrivals',
    permission: 'see',
    tag: 'arrivals',
    summary: 'What is coming in, what is watched, what was refused and why',
    query: ListQuery,
    reply: listOf(ArrivalView),
  }),
}

export const ingests = {
  create: endpoint({
    method: 'POST',
    path: '/ingests',
    permission: 'administer',
    tag: 'ingests',
    summary: 'Take in files that lie on the server; `inPlace` registers them where they are',
    body: z.object({
      paths: z.array(z.string().min(1).max(4_096)).min(1).max(1_000),
      workflow: z.string().min(1).max(200).default('ingest'),
      inPlace: z.boolean().default(false),
    }),
    reply: z.object({
      items: z.array(z.object({ path: z.string(), assetId: Id.nullable(), runId: Id.nullable(), error: z.string().nullable() })),
    }),
    status: 202,
  }),
}

export const StatusView = z.object({
  version: z.string(),
  jobs: z.object({ running: z.int(), waiting: z.int(), failed: z.int() }),
  storage: z
    .object({
      name: z.string(),
      sizeBytes: z.int().nullable(),
      freeBytes: z.int().nullable(),
      status: z.enum(['ok', 'low', 'unreachable']),
    })
    .nullable(),
  assets: z.int(),
  account: z.string(),
  /** Things an operator should know now: a legacy ffmpeg, no sandbox, a full disk. */
  notices: z.array(z.string()),
})
export type StatusView = z.infer<typeof StatusView>

export const status = {
  get: endpoint({
    method: 'GET',
    path: '/status',
    permission: 'see',
    tag: 'status',
    summary: 'The line at the foot of the console',
    reply: StatusView,
  }),
}
