import { CapstanError } from '../../lib/errors.ts'

const DUPLICATE_KEY = 1062
const LOCK_WAIT = 1205
const DEADLOCK = 1213
const STATEMENT_TIMEOUT = 1969
const NO_SPACE: ReadonlySet<number> = new Set([1021, 1114, 3675])
const TOO_LARGE: ReadonlySet<number> = new Set([1153, 1406])
/** Too many connections, password changed, not (any more) part of the cluster, shutting down, read only, killed. */
const AWAY: ReadonlySet<number> = new Set([1040, 1045, 1047, 1053, 1129, 1203, 1290, 1836, 1927])

const numberOf = (error: unknown): number => (error as { errno?: number } | null)?.errno ?? 0

/** Two units met: the database undid one of them, or will once it is asked to. A failed certification of Galera comes as a deadlock, at COMMIT too. */
export const isCollision = (error: unknown): boolean => numberOf(error) === DEADLOCK || numberOf(error) === LOCK_WAIT

/** The connection is gone, and with it whatever was not committed. */
export function isLost(error: unknown): boolean {
  const { code, fatal, message } = (error ?? {}) as { code?: string; fatal?: boolean; message?: string }
  return (
    fatal === true ||
    AWAY.has(numberOf(error)) ||
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|PROTOCOL_)/.test(code ?? '') ||
    /closed state/i.test(message ?? '')
  )
}

/** A driver's error as the port's; what nobody foresaw stays as it is. */
export function translate(error: unknown): unknown {
  if (error instanceof CapstanError) return error
  const number = numberOf(error)
  if (number === DUPLICATE_KEY) return new CapstanError('conflict', 'it exists already', { cause: error })
  if (number === STATEMENT_TIMEOUT) return new CapstanError('timeout', 'the database took too long for a statement', { cause: error })
  if (NO_SPACE.has(number)) return new CapstanError('no_space', 'the database could not be written: its disk is full', { cause: error })
  if (TOO_LARGE.has(number)) return new CapstanError('too_large', 'the database cannot hold a value of this size', { cause: error })
  return isLost(error) ? new CapstanError('unavailable', 'the database cannot be reached', { cause: error }) : error
}
