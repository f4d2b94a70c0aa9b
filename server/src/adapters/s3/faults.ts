import { CapstanError } from '../../lib/errors.ts'

/** What a server said no with; `code` is its own word for it, or the bare status where it sent none. */
export type Refusal = Readonly<{ status: number; code: string; message: string }>

/** Passing troubles, and what was damaged on the way: the same request may well succeed. */
const PASSING: ReadonlySet<string> = new Set([
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'IncompleteBody',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'OperationAborted',
])

export const isPassing = ({ status, code }: Refusal): boolean => status >= 500 || status === 429 || status === 408 || PASSING.has(code)

/** One sentence for an operator: what is wrong, and what to do. */
const SENTENCES: Readonly<Record<string, string>> = {
  NoSuchBucket: 'there is no such bucket: make it, or see CAPSTAN_S3_URL',
  AccessDenied: 'the key may not use the bucket: allow it to list, read, write and delete there',
  '403': 'the key may not use the bucket: allow it to list, read, write and delete there',
  InvalidAccessKeyId: 'the server does not know the key: see CAPSTAN_S3_URL',
  SignatureDoesNotMatch: 'the secret is refused: see CAPSTAN_S3_PASSWORD_FILE',
  RequestTimeTooSkewed: 'the clocks of this machine and the server differ too much: set them (NTP)',
  PermanentRedirect: 'the bucket lies in another region: see CAPSTAN_S3_URL',
  AuthorizationHeaderMalformed: 'the bucket lies in another region: see CAPSTAN_S3_URL',
  SlowDown: 'the server asks to slow down, and did so for too long',
}

const NO_SPACE: ReadonlySet<string> = new Set(['QuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage', '507'])

/** A refusal as the ports' error. */
export function refused(refusal: Refusal, path: string | null): CapstanError {
  const { status, code, message } = refusal
  const details = { s3: code, status, ...(path === null ? {} : { path }) }
  if (NO_SPACE.has(code) || status === 507) return new CapstanError('no_space', 'S3: the bucket is full', { details })
  if (code === 'NoSuchKey' || (status === 404 && code !== 'NoSuchBucket'))
    return new CapstanError('not_found', `there is no file ${path}`, { details })
  if (code === 'PreconditionFailed' || status === 412)
    return new CapstanError('conflict', `the file ${path} was replaced while it was being read`, { details })
  if (code === 'KeyTooLongError') return new CapstanError('invalid', `the path ${path} is too long for S3`, { details })
  if (code === 'EntityTooLarge') return new CapstanError('too_large', `the file ${path} is too large for S3`, { details })
  return new CapstanError('unavailable', `S3: ${SENTENCES[code] ?? `it answered ${status} ${code} ${message}`.trim()}`, { details })
}

/** No answer at all, or not in time. */
export function unreachable(error: unknown): CapstanError {
  const { message, code = '' } = error as { message: string; code?: string }
  if (/certificate|self-signed|TLS|SSL/i.test(message) || /CERT|UNABLE_TO|ALTNAME|SSL/.test(code))
    return away('its certificate is not trusted: see CAPSTAN_S3_CA_FILE', error)
  if (/ENOTFOUND|EAI_AGAIN/.test(code)) return away('no such host: see CAPSTAN_S3_URL', error)
  return away(`nobody answers there (${code || message}): see CAPSTAN_S3_URL, or start it`, error)
}

const away = (sentence: string, cause: unknown) => new CapstanError('unavailable', `S3: ${sentence}`, { cause })

/** Not worth another attempt: it is settings that have to change. */
export const isForGood = (error: unknown): boolean =>
  /CERT|UNABLE_TO|ALTNAME|ERR_SSL|EPROTO|ERR_TLS/.test((error as NodeJS.ErrnoException | null)?.code ?? '')
