import { createHmac, timingSafeEqual } from 'node:crypto'
import { CapstanError } from '../../../lib/errors.ts'

/** What of a request shows whether our own pages sent it. */
export type RequestOrigin = Readonly<{
  method: string
  /** Host and port that the request was addressed to. */
  host: string
  origin: string | undefined
  secFetchSite: string | undefined
}>

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export const isSafeMethod = (method: string): boolean => SAFE_METHODS.has(method)

/** Derived from the session's secret, so that only who holds the cookie or was told it at sign-in can know it. */
export const csrfTokenOf = (sessionSecret: string): string => createHmac('sha256', sessionSecret).update('capstan csrf').digest('base64url')

/** In constant time. */
export function sameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Throws `forbidden` when a browser says that another site sent this. */
export function refuseForeignOrigin(request: RequestOrigin, allowedOrigins: readonly string[]): void {
  if (isSafeMethod(request.method)) return
  const { origin, secFetchSite } = request
  if (origin !== undefined && allowedOrigins.includes(origin)) return
  const foreignSite = secFetchSite !== undefined && secFetchSite !== 'same-origin' && secFetchSite !== 'none'
  if (!foreignSite && (origin === undefined || isOriginOf(request.host, origin))) return
  throw new CapstanError('forbidden', 'this request came from another site', { details: { reason: 'foreign_origin' } })
}

/** Throws `forbidden` for a change that carries the cookie but not the token that belongs to it. */
export function requireCsrfToken(method: string, sessionSecret: string, header: string | undefined): void {
  if (isSafeMethod(method)) return
  if (header !== undefined && sameSecret(header, csrfTokenOf(sessionSecret))) return
  throw new CapstanError('forbidden', 'the header X-CSRF-Token is missing or wrong: sign in again, or use a token', {
    details: { reason: 'csrf' },
  })
}

/** A default port may be written or not. */
function isOriginOf(host: string, origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  const own = `${url.protocol}//${host}`
  return URL.canParse(own) && new URL(own).host === url.host
}
