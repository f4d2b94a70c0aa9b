import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CapstanError } from '../lib/errors.ts'
import type { IdempotencyStore, RequestKey } from '../ports/idempotency-store.ts'

const STALE_MS = 60_000
const REPLY_LENGTH_MAX = 1 << 20

export type AnswerOnce = (request: FastifyRequest, reply: FastifyReply, handle: () => Promise<unknown>) => Promise<unknown>

/**
 * A POST with an Idempotency-Key is done once: its repetition gets the first answer, marked `Idempotent-Replay`. Failures are not kept, so
 * that a request can be mended and sent again. A process that has its data to itself since `aloneSinceMs` knows that whatever was begun before died
 * unanswered.
 */
export const answerOnce =
  (store: IdempotencyStore, nowMs: () => number, aloneSinceMs: number): AnswerOnce =>
  async (request, reply, handle) => {
    const header = request.headers['idempotency-key']
    const { principal } = request
    if (typeof header !== 'string' || request.method !== 'POST' || !principal) return handle()
    if (!/^[\x21-\x7e]{1,200}$/.test(header))
      throw new CapstanError('invalid', 'an Idempotency-Key has 1 to 200 printable characters without blanks')
    const key: RequestKey = { accountId: principal.accountId, userId: principal.id, key: header }
    const now = nowMs()
    const begun = await store.begin(key, hashOf(request), now, Math.min(STALE_MS, now - aloneSinceMs))
    if (begun.state === 'other') throw new CapstanError('conflict', 'this Idempotency-Key was used for another request: make a new one')
    if (begun.state === 'running') throw new CapstanError('conflict', 'the same request is being worked on: ask again in a moment')
    if (begun.state === 'answered') {
      void reply.header('idempotent-replay', 'true').status(begun.reply.status)
      return begun.reply.reply === null ? undefined : (JSON.parse(begun.reply.reply) as unknown)
    }
    try {
      const answer = await handle()
      const text = answer === undefined ? null : JSON.stringify(answer)
      if (text === null || text.length <= REPLY_LENGTH_MAX) await store.answer(key, { status: reply.statusCode, reply: text })
      return answer
    } catch (error) {
      await store.forget(key)
      throw error
    }
  }

const hashOf = (request: FastifyRequest): string =>
  createHash('sha256')
    .update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)
    .digest('hex')
