/** `path` is relative to the storage, with `/` between its parts. */
export type StoredFile = Readonly<{ path: string; sizeBytes: number; changedAtMs: number }>

export type Space = Readonly<{ sizeBytes: number; freeBytes: number }>

/** Bytes `start` to `end`, both included, as in an HTTP range. */
export type ByteRange = Readonly<{ start: number; end: number }>

/**
 * A place where essence lies, opened by the scheme of its URL. A file is there whole and durable, or it is not there: what is being written lies
 * aside until it is finished. A path that leaves the storage is `invalid`; a full storage is `no_space`.
 */
export interface Storage {
  /** Streams `source` to `path`, replacing what is there; durable when it resolves. A source that throws leaves nothing. */
  put(path: string, source: AsyncIterable<Uint8Array>): Promise<{ sizeBytes: number }>
  /**
   * Moves a finished local file to `path` without copying. Repeating it after it was done is fine. `false`: the file lies on another device and
   * must be put. Throws `not_found` when the file is neither here nor there.
   */
  adopt(localPath: string | Uint8Array, path: string): Promise<boolean>
  /** Throws `not_found`. */
  read(path: string, range?: ByteRange): AsyncIterable<Uint8Array>
  stat(path: string): Promise<StoredFile | null>
  /** Removes a file, or a folder with everything below; fine when it is gone already. */
  remove(path: string): Promise<void>
  /** Every finished file, in no order. */
  list(): AsyncIterable<StoredFile>
  space(): Promise<Space>
  /** Where a program on this machine opens `path`. */
  localPath(path: string): string
}

const GIB = 2 ** 30

/** Below this much free space new work waits and uploads are refused: 10 % of the storage, at most 20 GiB, unless an operator set it. */
export const lowWaterBytes = (sizeBytes: number, setBytes: number | null = null): number =>
  setBytes ?? Math.min(20 * GIB, Math.floor(sizeBytes / 10))

/** Whether `neededBytes` more can be taken in without going below the mark. */
export const hasRoom = (space: Space, neededBytes: number, setBytes: number | null = null): boolean =>
  space.freeBytes - neededBytes >= lowWaterBytes(space.sizeBytes, setBytes)
