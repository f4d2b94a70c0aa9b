import { CapstanError } from '../../../lib/errors.ts'

const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_NOTADB = 26

const primaryCode = (error: unknown): number => ((error as { errcode?: number } | null)?.errcode ?? 0) & 0xff

export const isDamage = (error: unknown): boolean => [SQLITE_CORRUPT, SQLITE_NOTADB].includes(primaryCode(error))

/** SQLite's errors in the words of the port; others as they are. */
export function translated(error: unknown): unknown {
  if (isDamage(error))
    return new CapstanError('unavailable', 'the search index is damaged and has to be built again', {
      details: { damaged: true },
      cause: error,
    })
  const code = primaryCode(error)
  if (code === SQLITE_FULL || code === SQLITE_IOERR)
    return new CapstanError('no_space', 'the search index could not be written: is the disk full?', { cause: error })
  return error
}
