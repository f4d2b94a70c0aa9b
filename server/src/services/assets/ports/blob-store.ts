import type { RenditionFile } from '../domain/file.ts'

/** The media storage as assets use it. Paths are relative to it. */
export interface BlobStore {
  /**
   * Moves a finished folder to `folder` in one step, durable when the promise resolves, and answers its files with size and SHA-256. What an
   * earlier, interrupted attempt left at `folder` is replaced.
   */
  place(stagedFolder: string, folder: string, files: readonly { path: string; mediaType: string }[]): Promise<RenditionFile[]>
  /** Removes a file or folder; fine when it is gone already. */
  remove(path: string): Promise<void>
  /** The absolute path of what lies in the storage; throws `invalid` for a path that leaves it. */
  resolve(path: string): string
}
