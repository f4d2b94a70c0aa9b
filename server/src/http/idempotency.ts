import { createHash, createHmac } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CapstanError } from '../lib/errors.ts'
import type { IdempotencyStore, RequestKey } from '../ports/idempotency-store.ts'

const STALE_MS = 60_000
const REPLY_LENGTH_MAX = 1 << 20
/** Kept in place of an answer that holds a secret: no failure is ever kept, so this status can mean nothing else. */
const SHOWN_ONCE = { status: 409, reply: null }

export type AnswerOnce = (request: FastifyRequest, reply: FastifyReply, handle: () => Promise<unknown>) => Promise<unknown>

/**
 * A POST with an Idempotency-Key is done once: its repetition gets the first answer, marked `Idempotent-Replay`. Failures are not kept, so
 * that a request can be mended and sent again. An answer that its handler marks `no-store` holds a secret: it is not kept, and its
 * repetition is a `conflict`. Of key and request only hashes are kept, the second one keyed with the first, so that no password can be guessed
 * from them. A process that has its data to itself since `aloneSinceMs` knows that whatever was begun before died unanswered.
 */
export const answerOnce =
  (store: IdempotencyStore, nowMs: () => number, aloneSinceMs: number): AnswerOnce =>
  async (request, reply, handle) => {
    const header = request.headers['idempotency-key']
    const { principal } = request
    if (typeof header !== 'string' || request.method !== 'POST' || !principal) return handle()
    if (!/^[\x21-\x7e]{1,200}$/.test(header))
      throw new CapstanError('invalid', 'an Idempotency-Key has 1 to 200 printable characters without blanks')
    const key: RequestKey = { accountId: principal.accountId, userId: principal.id, key: createHash('sha256').update(header).digest('hex') }
    const now = nowMs()
    const begun = await store.begin(key, hashOf(header, request), now, Math.min(STALE_MS, now - aloneSinceMs))
    if (begun.state === 'other') throw new CapstanError('conflict', 'this Idempotency-Key was used for another request: make a new one')
    if (begun.state === 'running') throw new CapstanError('conflict', 'the same request is being worked on: ask again in a moment')
    if (begun.state === 'answered' && begun.reply.status === SHOWN_ONCE.status)
      throw new CapstanError('conflict', 'this was done, and what it answered is shown only once: do it anew with another key', {
        details: { reason: 'shown_once' },
      })
    if (begun.state === 'answered') {
      void reply.header('idempotent-replay', 'true').status(begun.reply.status)
      return begun.reply.reply === null ? undefined : (JSON.parse(begun.reply.reply) as unknown)
    }
    try {
      const answer = await handle()
      if (reply.getHeader('cache-control') === 'no-store') {
        await store.answer(key, SHOWN_ONCE)
        return answer
      }
      const text = answer === undefined ? null : JSON.stringify(answer)
      if (text === null || text.length <= REPLY_LENGTH_MAX) await store.answer(key, { status: reply.statusCode, reply: text })
      return answer
    } catch (error) {
      await store.forget(key)
      throw error
    }
  }

const hashOf = (key: string, request: FastifyRequest): string =>
  createHmac('sha256', key)
    .update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)
    .digest('hex')
