import type { RenditionFile } from '../domain/file.ts'

/** The media storage as assets use it. Paths are relative to it, and `invalid` where `requirePath` refuses them. */
export interface BlobStore {
  /**
   * Moves a finished folder to `folder`, durable when the promise resolves, and answers its files with size and SHA-256. Each file is there whole or
   * not at all; all of them only when it has resolved, so whoever refers to them does so afterwards. What an earlier, interrupted attempt left at
   * `folder` is replaced.
   */
  place(stagedFolder: string, folder: string, files: readonly { path: string; mediaType: string }[]): Promise<RenditionFile[]>
  /** Removes a file or folder; fine when it is gone already. */
  remove(path: string): Promise<void>
}

/** A blob store whose files lie on this machine. */
export interface LocalBlobStore extends BlobStore {
  /** The absolute path of what lies in the storage; throws `invalid`. */
  resolve(path: string): string
}
