import type { Actor, EventEnvelope, Subject } from '@capstan/contract/events'
import { isoTime } from './clock.ts'
import { uuidv7 } from './ids.ts'

export type EventFacts = {
  accountId: number
  actor: Actor
  subject: Subject
  before?: Record<string, unknown> | null
  after?: Record<string, unknown> | null
  requestId?: string | null
  runId?: string | null
  jobId?: string | null
  assetId?: string | null
}

/** Fills in an event envelope. Call it where the change is decided at the edge, with the clock's time. */
export const newEvent = (name: string, atMs: number, facts: EventFacts): EventEnvelope => ({
  id: uuidv7(atMs),
  name,
  version: 1,
  accountId: facts.accountId,
  at: isoTime(atMs),
  actor: facts.actor,
  subject: facts.subject,
  before: facts.before ?? null,
  after: facts.after ?? null,
  requestId: facts.requestId ?? null,
  runId: facts.runId ?? null,
  jobId: facts.jobId ?? null,
  assetId: facts.assetId ?? null,
})
