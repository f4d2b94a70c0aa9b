import type { Checksums } from '../domain/checksums.ts'

/** The growing file of one upload. Not for two writers at once: the caller holds the upload's lock. */
export interface UploadFile {
  readonly sizeBytes: number
  /** Appends; the promise resolves when the system has taken the bytes, before they are on the disk. */
  append(chunks: readonly Uint8Array[]): Promise<void>
  /** Forces what was appended to the disk and lets the checksums follow up to here. */
  sync(): Promise<void>
  /** Cuts back; only bytes that no checksum has followed yet. */
  truncate(sizeBytes: number): Promise<void>
  /** Lets the checksums follow up to `toBytes` while more arrives. */
  follow(toBytes: number): void
  /** Of the whole file, all of it followed. */
  checksums(): Promise<Checksums>
  /** The type its first bytes show; `application/octet-stream` when none. */
  mediaType(): Promise<string>
  close(): Promise<void>
}

/** The folder of unfinished uploads, on the same file system as the media storage if it can be. */
export interface UploadFiles {
  /** Opens or makes the file, cut to `offset` at most. */
  open(id: string, offset: (sizeOnDisk: number) => number): Promise<UploadFile>
  remove(id: string): Promise<void>
  localPath(id: string): string
  list(): Promise<{ id: string; changedAtMs: number }[]>
  /** Bytes on the disk of an upload, null when there is no file. */
  sizeOf(id: string): Promise<number | null>
  /** Names this start of the machine. */
  readonly bootId: string
}
