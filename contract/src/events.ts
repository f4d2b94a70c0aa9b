import { z } from 'zod'
import { endpoint } from './endpoint.ts'
import { Id, LIST_LIMIT_MAX, listOf, ListQuery, Time } from './common.ts'

export const Actor = z.object({ kind: z.enum(['user', 'system', 'job']), id: z.string(), name: z.string() })
export type Actor = z.infer<typeof Actor>

/** What an event is about. `number` is null for things without one. */
export const Subject = z.object({ kind: z.string(), id: z.string(), number: z.int().nullable(), name: z.string().nullable() })
export type Subject = z.infer<typeof Subject>

/** `<noun>.<past verb>`. The envelope is the same everywhere: outbox, bus, history, webhooks, streams to browsers. */
export const EventEnvelope = z.object({
  id: Id,
  name: z.string().regex(/^[a-z_]+\.[a-z_]+$/),
  version: z.int().positive(),
  accountId: z.int(),
  at: Time,
  actor: Actor,
  subject: Subject,
  /** What the subject was and has become, as far as it changed; secrets are masked before they get here. */
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
  /** Ids that let a log line, a job and an event be read together. */
  requestId: z.string().nullable(),
  runId: z.string().nullable(),
  jobId: z.string().nullable(),
  assetId: z.string().nullable(),
})
export type EventEnvelope = z.infer<typeof EventEnvelope>

/**
 * What becomes of an arrival: an upload, a file of a hot folder, a local file. `started`: its bytes begin to come. `watched`: seen in a hot folder.
 * `found_incomplete`: it is quiet but not whole, and is watched further. `received`: all bytes are there and checked. `completed`: it is an asset.
 * `refused`: it is none, `after.reason` says why. `removed`: given up, run out or gone before it was one. Bytes that come in between tell no event.
 */
export const ARRIVAL_EVENTS = [
  'arrival.started',
  'arrival.watched',
  'arrival.found_incomplete',
  'arrival.received',
  'arrival.completed',
  'arrival.refused',
  'arrival.removed',
] as const
export type ArrivalEventName = (typeof ARRIVAL_EVENTS)[number]

export const EventView = EventEnvelope.omit({ accountId: true }).extend({ sequence: z.int() })
export type EventView = z.infer<typeof EventView>

export const events = {
  list: endpoint({
    method: 'GET',
    path: '/events',
    permission: 'see',
    tag: 'events',
    summary: 'Events in the order they happened, from a cursor',
    query: z.object({
      /** Answers events after this one. */
      cursor: z.string().max(100).optional(),
      limit: z.coerce.number().int().min(1).max(LIST_LIMIT_MAX).default(100),
      filter: z.string().max(500).optional().describe('`asset:<id>`, `run:<id>`, `job:<id>` or `name:<event name>`'),
      sort: z.enum(['sequence', '-sequence']).default('sequence'),
    }),
    reply: listOf(EventView),
  }),
  stream: endpoint({
    method: 'GET',
    path: '/events/stream',
    permission: 'see',
    tag: 'events',
    summary: 'The same as server-sent events; goes on after Last-Event-ID',
    query: z.object({ after: z.string().optional() }),
    bytes: true,
  }),
}

export const AuditEntryView = z.object({
  id: Id,
  sequence: z.int(),
  at: Time,
  actor: Actor,
  action: z.string(),
  outcome: z.enum(['done', 'refused']),
  subject: Subject,
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
  requestId: z.string().nullable(),
  address: z.string().nullable(),
})
export type AuditEntryView = z.infer<typeof AuditEntryView>

export const auditEntries = {
  list: endpoint({
    method: 'GET',
    path: '/audit-entries',
    permission: 'administer',
    tag: 'audit',
    summary: 'Who did what, newest first',
    query: ListQuery.extend({
      limit: z.coerce.number().int().min(1).max(LIST_LIMIT_MAX).default(100),
      filter: z.string().max(500).optional().describe('`actor:<id>`, `subject:<id>` and `action:<name>`, each at most once'),
    }),
    reply: listOf(AuditEntryView),
  }),
}
