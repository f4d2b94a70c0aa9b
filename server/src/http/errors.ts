import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { Problem } from '@capstan/contract/common'
import { CapstanError, HTTP_STATUS, toCapstanError, type ErrorCode } from '../lib/errors.ts'

const TITLES: Record<ErrorCode, string> = {
  invalid: 'The request is not valid',
  unauthenticated: 'Sign in first',
  forbidden: 'Not allowed',
  not_found: 'Not found',
  conflict: 'In conflict with the present state',
  stale: 'Changed meanwhile',
  too_large: 'Too large',
  unsupported: 'Not supported',
  rate_limited: 'Too many requests',
  internal: 'Something went wrong here',
  unavailable: 'Not available now',
  timeout: 'Took too long',
  no_space: 'No room left',
}

const RANGE_NOT_SATISFIABLE = 416

const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = { unavailable: 5, rate_limited: 10, no_space: 60 }

/** Every error leaves as RFC 9457 problem details; what nobody foresaw tells the person an id, and the log the rest. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = fromFastify(error) ?? toCapstanError(error)
  // The one status that no code of ours stands for: players ask for ranges beyond the end and branch on it.
  const status =
    (error as Partial<FastifyError> | null)?.statusCode === RANGE_NOT_SATISFIABLE ? RANGE_NOT_SATISFIABLE : HTTP_STATUS[known.code]
  if (status >= 500) request.log.error({ err: error, requestId: request.id }, 'request failed')
  const problem: Problem = {
    type: `https://capstan.invalid/problems/${known.code}`,
    title: TITLES[known.code],
    status,
    code: known.code,
    detail: known.code === 'internal' ? `the request failed; the log has the reason under ${request.id}` : known.message,
    requestId: request.id,
    ...(Object.keys(known.details).length > 0 ? { details: known.details } : {}),
  }
  const stated = known.details['retryAfterSeconds']
  const retryAfter = typeof stated === 'number' ? stated : RETRY_AFTER_SECONDS[known.code]
  if (retryAfter) void reply.header('retry-after', String(retryAfter))
  void reply.status(status).header('content-type', 'application/problem+json; charset=utf-8').send(JSON.stringify(problem))
}

function fromFastify(error: unknown): CapstanError | null {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map(
      ({ instancePath, message }) => `${instancePath.replace(/^\//, '').replaceAll('/', '.') || error.validationContext}: ${message}`,
    )
    return new CapstanError('invalid', issues.join('; '), { details: { issues } })
  }
  const { statusCode, message } = error as FastifyError
  if (statusCode === 413) return new CapstanError('too_large', message, { cause: error })
  if (statusCode === 415) return new CapstanError('unsupported', message, { cause: error })
  if (statusCode === 429) return new CapstanError('rate_limited', message, { cause: error })
  if (statusCode === 404) return new CapstanError('not_found', message, { cause: error })
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new CapstanError('invalid', message, { cause: error })
  return null
}
