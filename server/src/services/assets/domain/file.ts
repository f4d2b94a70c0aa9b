import type { RenditionKind } from '@capstan/contract/assets'
import type { z } from 'zod'

export type Checksums = Readonly<{ sha256?: string; md5?: string; xxh64?: string }>

/** An original: where it lies, and the name it came with. */
export type AssetFile = Readonly<{
  accountId: number
  id: string
  assetId: string
  originalName: string
  nameBytes: string | null
  sizeBytes: number
  mediaType: string
  checksums: Checksums
  storage: string
  location: 'managed' | 'in_place'
  /** Relative to the storage for managed files, absolute for files in place. */
  path: string
  state: 'present' | 'missing' | 'changed'
  /** Device, inode, size and time of a file in place, to notice a change. */
  identity: string | null
  createdAtMs: number
}>

export type RenditionFile = Readonly<{ path: string; mediaType: string; sizeBytes: number; sha256: string }>

export type Rendition = Readonly<{
  accountId: number
  id: string
  assetId: string
  kind: z.infer<typeof RenditionKind>
  name: string
  files: readonly RenditionFile[]
  mainFile: string
  mediaType: string
  sizeBytes: number
  facts: Readonly<Record<string, unknown>>
  jobId: string | null
  jobKey: string
  settings: Readonly<Record<string, unknown>>
  /** Its folder, relative to the media storage. */
  folder: string
  createdAtMs: number
}>
