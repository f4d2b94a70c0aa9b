import type { z } from 'zod'
import type { Permission } from './rights.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * One route of the API as data: the server implements it, the client calls it, OpenAPI documents it, all from here.
 * `reply` is the JSON answer; `bytes` marks a route whose answer is a file.
 */
export type Endpoint = {
  method: Method
  /** Relative to /api/v1, parameters as `:name`. */
  path: `/${string}`
  /** Without a permission the server does not start. */
  permission: Permission
  tag: string
  summary: string
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  reply?: z.ZodType
  bytes?: true
  status?: 200 | 201 | 202 | 204
  /** The change needs If-Match with the object's ETag; 412 when stale. */
  ifMatch?: true
}

export const endpoint = <const E extends Endpoint>(definition: E): E => definition

type Input<S> = S extends z.ZodType ? z.input<S> : undefined
type Output<S> = S extends z.ZodType ? z.output<S> : undefined

export type ReplyOf<E extends Endpoint> = E extends { reply: infer R } ? Output<R> : undefined
/** What a client sends. */
export type CallOf<E extends Endpoint> = (E extends { params: infer P } ? { params: Input<P> } : unknown) &
  (E extends { query: infer Q } ? { query?: Input<Q> } : unknown) &
  (E extends { body: infer B } ? { body: Input<B> } : unknown) &
  (E extends { ifMatch: true } ? { ifMatch: string } : unknown) & { idempotencyKey?: string; signal?: AbortSignal }
/** What the server's handler receives after validation. */
export type RequestOf<E extends Endpoint> = {
  params: E extends { params: infer P } ? Output<P> : undefined
  query: E extends { query: infer Q } ? Output<Q> : undefined
  body: E extends { body: infer B } ? Output<B> : undefined
}
