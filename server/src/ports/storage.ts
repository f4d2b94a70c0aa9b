import { CapstanError } from '../lib/errors.ts'

/** `path` is relative to the storage, with `/` between its parts. */
export type StoredFile = Readonly<{ path: string; sizeBytes: number; changedAtMs: number }>

export type Space = Readonly<{ sizeBytes: number; freeBytes: number }>

/** Bytes `start` to `end`, both included, as in an HTTP range. */
export type ByteRange = Readonly<{ start: number; end: number }>

/**
 * A place where essence lies, opened by the scheme of its URL. A file is there whole and durable, or it is not there: what is being written lies
 * aside until it is finished. Names are kept exactly, whatever letters they have. A path that `requirePath` refuses is `invalid`; a full storage is `no_space`.
 */
export interface Storage {
  /**
   * Streams `source` to `path`, replacing what is there; durable when it resolves. A source that throws leaves what was there. Of two at once one
   * is there whole in the end; the other may be told `conflict`.
   */
  put(path: string, source: AsyncIterable<Uint8Array>): Promise<{ sizeBytes: number }>
  /**
   * Moves a finished local file to `path`: it is gone from here only when it is durable there. Repeating it after it was done is fine. `false`: the
   * file lies on another device and must be put. Throws `not_found` when the file is neither here nor there.
   */
  adopt(localPath: string | Uint8Array, path: string): Promise<boolean>
  /** Throws `not_found`. */
  read(path: string, range?: ByteRange): AsyncIterable<Uint8Array>
  stat(path: string): Promise<StoredFile | null>
  /** Removes a file, or a folder with everything below; fine when it is gone already. */
  remove(path: string): Promise<void>
  /** Every finished file, in no order. */
  list(): AsyncIterable<StoredFile>
  /** Without a limit both are `Number.MAX_SAFE_INTEGER`. */
  space(): Promise<Space>
  /**
   * Lends `use` the path of an ordinary file with these bytes on this machine, for programs that open files by name: the file itself where it lies here,
   * else a private copy whose sum was checked. It may not be written to, and is good only until `use` is done. Throws `not_found`.
   */
  withLocal<T>(path: string, use: (localPath: string) => Promise<T>): Promise<T>
}

/** A storage whose files lie on this machine for as long as they are there. */
export interface LocalStorage extends Storage {
  /** Where a program on this machine opens `path`. */
  localPath(path: string): string
}

/** A path is made of names between single `/`, none of them `.` or `..`, without NUL, in whole Unicode characters; else `invalid`. */
export function requirePath(path: string): string {
  const isPath = path.isWellFormed() && !path.includes('\0') && path.split('/').every((name) => !['', '.', '..'].includes(name))
  if (!isPath) throw new CapstanError('invalid', 'this path leaves the storage')
  return path
}

const GIB = 2 ** 30

/** Below this much free space new work waits and uploads are refused: 10 % of the storage, at most 20 GiB, unless an operator set it. */
export const lowWaterBytes = (sizeBytes: number, setBytes: number | null = null): number =>
  setBytes ?? Math.min(20 * GIB, Math.floor(sizeBytes / 10))

/** Whether `neededBytes` more can be taken in without going below the mark. */
export const hasRoom = (space: Space, neededBytes: number, setBytes: number | null = null): boolean =>
  space.freeBytes - neededBytes >= lowWaterBytes(space.sizeBytes, setBytes)
