import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Endpoint, ReplyOf, RequestOf } from '@capstan/contract/endpoint'
import type { Principal } from '../services/identity/api.ts'

/** What a handler knows of a request: validated parts and who asks. */
export type Call<E extends Endpoint> = RequestOf<E> & {
  by: Principal
  /** The revision named by If-Match; null when the endpoint needs none. */
  expectedRevision: number | null
  /** Only for what the contract cannot say: streams, ranges, cookies. */
  request: FastifyRequest
  reply: FastifyReply
}

/** Answers the view, or, for `bytes` endpoints, sends through `call.reply` and answers nothing. A view with `revision` gets an ETag. */
export type Handler<E extends Endpoint> = (
  call: Call<E>,
) => Promise<E extends { reply: NonNullable<Endpoint['reply']> } ? ReplyOf<E> : unknown>

/** Registers one endpoint of the contract. Each service's http.ts is a list of these. */
export type Route = <E extends Endpoint>(endpoint: E, handler: Handler<E>) => void
