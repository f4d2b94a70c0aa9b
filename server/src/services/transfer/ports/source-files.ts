import type { Checksums } from '../domain/checksums.ts'
import type { PathBytes } from '../domain/hot-folder.ts'

export type SourceFacts = Readonly<{
  /** Device, inode, size and time of change: the same file, unchanged, as long as this is the same. */
  identity: string
  sizeBytes: number
}>

/** A regular file opened without following a link. */
export interface OpenSource extends SourceFacts {
  /** Names exactly this file within this process while it is open, whatever takes its place. */
  readonly path: string
  /** Up to `length` bytes at `position`; fewer at the end. */
  readAt(position: number, length: number): Promise<Uint8Array>
  /** From the first byte to the last. */
  read(): AsyncIterable<Uint8Array>
  /** At most `bytesPerSecond` when given. Throws `conflict` when the file changed since it was opened. */
  checksums(options?: { signal?: AbortSignal; bytesPerSecond?: number | null; onBytes?: (bytes: number) => void }): Promise<Checksums>
  mediaType(): Promise<string>
  /** Throws `conflict` when the file changed since it was opened. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Files that others put on this machine. */
export interface SourceFiles {
  /** Throws `not_found`, and `unsupported` for what is no regular file. */
  open(path: PathBytes): Promise<OpenSource>
  /** Null when it is gone or no regular file. */
  facts(path: PathBytes): Promise<SourceFacts | null>
  /** Removes the file if it is still this one. */
  removeIf(path: PathBytes, identity: string): Promise<void>
  /** The regular files of a path: itself, or all below it in the order of their names. Links and hidden files are left out. */
  walk(path: string): AsyncIterable<PathBytes>
}
