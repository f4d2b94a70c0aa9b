import { z } from 'zod'

/** UUID version 7, the identity of everything outside a store. */
export const Id = z.uuid()
/** The number people see and type, unique within an account. */
export const ObjectNumber = z.int().positive()
/** UTC, ISO 8601 with milliseconds. */
export const Time = z.iso.datetime()
/** A path parameter that names an object by its id or by the number that people see. */
export const IdOrNumber = z.union([z.uuid(), z.string().regex(/^[1-9]\d{0,15}$/)])
export const IdParams = z.object({ id: IdOrNumber })

export const LIST_LIMIT_MAX = 200

/** What every list takes. `cursor` is the `nextCursor` of the page before; `sort` is `field` or `-field`. */
export const ListQuery = z.object({
  q: z.string().max(2_000).optional(),
  filter: z.string().max(2_000).optional(),
  sort: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(LIST_LIMIT_MAX).default(50),
  cursor: z.string().max(1_000).optional(),
})
export type ListQuery = z.infer<typeof ListQuery>

export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextCursor: z.string().nullable() })
export type Page<T> = { items: T[]; nextCursor: string | null }

/** RFC 9457 problem details; `code` is what a program branches on. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
})
export type Problem = z.infer<typeof Problem>

export const Empty = z.undefined()
