import '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Credentials } from './use-cases/authenticate.ts'
import { SESSION_LIMITS } from './domain/session.ts'
import { parseToken } from './domain/token.ts'

/* What HTTP says about who sends: the cookie and the headers. */

const COOKIE = 'capstan_session'

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

export const cookieOf = (request: FastifyRequest): string | undefined => request.cookies[COOKIE]

/** Of the token that the request shows; null when it shows none. */
export const tokenIdOf = ({ headers }: FastifyRequest): string | null =>
  parseToken(headers.authorization?.replace(/^Bearer +/i, '').trim() ?? '')?.id ?? null

export const credentialsOf = (request: FastifyRequest): Credentials => ({
  method: request.method,
  host: request.host,
  origin: header(request, 'origin'),
  secFetchSite: header(request, 'sec-fetch-site'),
  cookie: cookieOf(request),
  authorization: request.headers.authorization,
  csrfToken: header(request, 'x-csrf-token'),
  address: request.ip,
  requestId: request.id,
})

/** `Secure` as soon as the browser came by TLS, also through a proxy that Fastify trusts. */
const cookieOptions = (request: FastifyRequest) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: request.protocol === 'https' }) as const

export const setSessionCookie = (request: FastifyRequest, reply: FastifyReply, secret: string) =>
  reply.setCookie(COOKIE, secret, { ...cookieOptions(request), maxAge: SESSION_LIMITS.absoluteMs / 1_000 })

export const clearSessionCookie = (request: FastifyRequest, reply: FastifyReply) => reply.clearCookie(COOKIE, cookieOptions(request))
