import type { EventEnvelope } from '@capstan/contract/events'

export type SequencedEvent = EventEnvelope & { sequence: number }

export type EventFilter = { accountId?: number; assetId?: string; runId?: string; jobId?: string; name?: string }

/** Every event in the order in which it was committed. A later one has a higher sequence, after everything before was forgotten too. */
export interface EventHistory {
  /** Events after (or, newest first, before) `cursor`; null begins at the respective end. */
  read(filter: EventFilter, page: { cursor: number | null; limit: number; newestFirst: boolean }): Promise<SequencedEvent[]>
  /** The sequence of the newest event, 0 without any. */
  head(): Promise<number>
  /** Forgets events older than `beforeMs`, at most `limit` at a time; answers how many. */
  prune(beforeMs: number, limit: number): Promise<number>
}
