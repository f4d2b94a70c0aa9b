import type { AssetFile, Checksums } from '../domain/file.ts'

/** Originals and where they lie. */
export interface FileStore {
  findFile(accountId: number, id: string): Promise<AssetFile | null>
  filesOf(accountId: number, assetId: string): Promise<AssetFile[]>
  /** The oldest file with this SHA-256. */
  findByChecksum(accountId: number, sha256: string): Promise<AssetFile | null>
  setChecksums(accountId: number, id: string, checksums: Checksums): Promise<void>
  setFileState(accountId: number, id: string, state: AssetFile['state']): Promise<void>
  /** Every managed file and rendition folder that should be there (not those of purged assets), for fsck and backup; pages by cursor. */
  listPaths(
    cursor: string | null,
    limit: number,
  ): Promise<{ items: { path: string; sizeBytes: number; kind: 'file' | 'rendition' }[]; nextCursor: string | null }>
  listFiles(accountId: number, page: { limit: number; cursor: string | null }): Promise<{ items: AssetFile[]; nextCursor: string | null }>
}
