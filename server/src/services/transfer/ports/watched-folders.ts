import type { PathBytes, SeenFile } from '../domain/hot-folder.ts'

/** Looks at folders that others write to. */
export interface WatchedFolders {
  /** Makes the folder when it is missing; throws `unavailable` when it cannot be read. */
  prepare(folder: string): Promise<void>
  /** Every regular file below it but those that were refused. Throws `unavailable` when the folder is gone. */
  look(folder: string): Promise<SeenFile[]>
  /** Tells that something changed, with the name where the system knows it. A hint: what it misses, the next look finds. */
  watch(folder: string, onChange: (name: string | null) => void): { close(): void }
  /** Moves files to `<folder>/refused`, the reason beside the first one. Those that are gone already are left out. */
  setAside(folder: string, paths: readonly PathBytes[], reason: string): Promise<void>
  /** Removes the folders that became empty on the way from a file up to the watched folder. */
  removeEmpty(folder: string, path: PathBytes): Promise<void>
}
