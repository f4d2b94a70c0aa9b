import { basename } from 'node:path'

/** What can go wrong, as a caller may branch on it. The HTTP status and whether a job retries follow from the code alone. */
export type ErrorCode = keyof typeof HTTP_STATUS

export const HTTP_STATUS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  stale: 412,
  too_large: 413,
  unsupported: 415,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
  timeout: 504,
  no_space: 507,
} as const

/** Faults that may be gone at the next attempt; everything else fails a job at once. */
const RETRIED: ReadonlySet<ErrorCode> = new Set(['internal', 'unavailable', 'timeout', 'rate_limited'])

export const isRetried = (code: ErrorCode): boolean => RETRIED.has(code)

export type ErrorOptions = { details?: Record<string, unknown>; cause?: unknown }

export class CapstanError extends Error {
  readonly code: ErrorCode
  /** Facts for the caller's program; must hold no secret. */
  readonly details: Record<string, unknown>

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CapstanError'
    this.code = code
    this.details = options.details ?? {}
  }
}

export const notFound = (noun: string, id: string | number) =>
  new CapstanError('not_found', `there is no ${noun} ${id}`, { details: { id } })

export const leaseLost = (jobId: string) =>
  new CapstanError('conflict', `the lease of job ${jobId} has passed to another worker`, { details: { id: jobId, reason: 'lease_lost' } })

/** Any thrown value as a CapstanError; what nobody foresaw becomes `internal` with its cause kept, and files are told by their names only. */
export function toCapstanError(thrown: unknown): CapstanError {
  if (thrown instanceof CapstanError) return thrown
  const fsCode = (thrown as NodeJS.ErrnoException | null)?.code
  const message = thrown instanceof Error ? messageWithoutFolders(thrown) : String(thrown)
  if (fsCode === 'ENOSPC' || fsCode === 'EDQUOT') return new CapstanError('no_space', 'the disk is full', { cause: thrown })
  if (thrown instanceof Error && thrown.name === 'TimeoutError') return new CapstanError('timeout', message, { cause: thrown })
  return new CapstanError('internal', message, { cause: thrown })
}

/** Why a job failed is read by everybody, where things lie on the server is not for everybody. */
function messageWithoutFolders(error: Error & { path?: unknown; dest?: unknown }): string {
  const paths = [error.path, error.dest].filter((path) => typeof path === 'string' && path !== '') as string[]
  return paths.reduce((message, path) => message.replaceAll(path, basename(path)), error.message)
}
