import type { Actor, Subject } from '@capstan/contract/events'

export type AuditEntry = Readonly<{
  accountId: number
  /** Of the event that it was made from, or its own; the same id is kept once. */
  id: string
  atMs: number
  actor: Actor
  action: string
  outcome: 'done' | 'refused'
  subject: Subject
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
  requestId: string | null
  address: string | null
}>

export type AuditFilter = { actor?: string; subject?: string; action?: string }

/** Who did what, before and after: append only. */
export interface AuditLog {
  append(entries: readonly AuditEntry[]): Promise<void>
  /** Newest first; `cursor` is the sequence before which to go on. */
  list(
    accountId: number,
    filter: AuditFilter,
    page: { cursor: number | null; limit: number },
  ): Promise<(AuditEntry & { sequence: number })[]>
  /** Forgets entries older than `beforeMs`, about `limit` at a time or whole days; one day more may stay. Answers how many. */
  prune(beforeMs: number, limit: number): Promise<number>
}
