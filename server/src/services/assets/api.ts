import type { AssetKind, AssetSummary, AssetView, RenditionKind } from '@capstan/contract/assets'
import type { Technical } from '@capstan/contract/technical'
import type { z } from 'zod'
import type { Principal } from '../identity/api.ts'

export type RegisterAsset = Readonly<{
  /** The same key again registers nothing and answers the first asset. */
  key: string
  name: string
  originalName: string
  /** base64 of the name's bytes where they were no UTF-8. */
  nameBytes: string | null
  file: Readonly<{
    storage: string
    kind: 'managed' | 'in_place'
    path: string
    sizeBytes: number
    mediaType: string
    checksums: Readonly<{ sha256?: string; md5?: string; xxh64?: string }>
    identity: string | null
  }> | null
  /** Decided by the caller where the path of the file must name it. */
  id?: string
}>

export type AssetRefView = Readonly<{ id: string; number: number; name: string }>

export type Original = Readonly<{
  fileId: string
  assetId: string
  storage: string
  kind: 'managed' | 'in_place'
  path: string
  sizeBytes: number
  originalName: string
  mediaType: string
  checksums: Readonly<{ sha256?: string; md5?: string; xxh64?: string }>
  identity: string | null
}>

export type NewRendition = Readonly<{
  assetId: string
  kind: z.infer<typeof RenditionKind>
  name: string
  /** The folder with its files, made and verified; it is moved to its place. */
  stagedFolder: string
  files: readonly { path: string; mediaType: string }[]
  mainFile: string
  facts: Readonly<Record<string, unknown>>
  settings: Readonly<Record<string, unknown>>
  jobId: string
  jobKey: string
}>

/** What other services may ask of assets; satisfied in process or over HTTP. */
export interface AssetsApi {
  register(by: Principal, input: RegisterAsset): Promise<AssetRefView & { fileId: string | null }>
  ref(accountId: number, assetId: string): Promise<AssetRefView>
  findByChecksum(accountId: number, sha256: string): Promise<AssetRefView | null>
  original(accountId: number, assetId: string): Promise<Original>
  setChecksums(accountId: number, fileId: string, checksums: Original['checksums']): Promise<void>
  setFileState(accountId: number, fileId: string, state: 'present' | 'missing' | 'changed'): Promise<void>
  setFacts(by: Principal, assetId: string, facts: { kind: AssetKind; technical: Technical | null }): Promise<void>
  technical(accountId: number, assetId: string): Promise<{ kind: AssetKind; technical: Technical | null }>
  /** Puts the files in their place, then the row: no half rendition is ever visible. */
  attachRendition(by: Principal, input: NewRendition): Promise<{ id: string; mainFile: string }>
  setPublished(by: Principal, assetId: string, location: string | null): Promise<void>
  view(accountId: number, assetId: string): Promise<AssetView>
  summaries(accountId: number, numbers: readonly number[]): Promise<AssetSummary[]>
  /** What a job attached before under this name; null when it has not come so far. */
  madeRendition(accountId: number, jobKey: string, name: string): Promise<Pick<NewRendition, 'mainFile' | 'facts'> | null>
}
