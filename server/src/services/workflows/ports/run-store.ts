import type { EventEnvelope } from '@capstan/contract/events'
import type { Command } from '../domain/command.ts'
import type { RunFilter, RunSort } from '../domain/run-filter.ts'
import type { Run, UnnumberedRun } from '../domain/run.ts'

/** What is committed together with a run. `handled` are the events of a consumer whose effect this is. */
export type RunOutbox = Readonly<{
  commands: readonly Command[]
  events: readonly EventEnvelope[]
  handled?: Readonly<{ consumer: string; eventIds: readonly string[] }>
}>

export type RunPage = Readonly<{ filter: RunFilter; sort: RunSort; limit: number; cursor: string | null }>

/** Workflow runs. Every change is one durable transaction with its commands and events. */
export interface RunStore {
  /** Adds a run and gives it its number. A key that the account has already adds nothing: the first run is answered, with `started` false. */
  start(run: UnnumberedRun, outbox: (run: Run) => RunOutbox): Promise<{ run: Run; started: boolean }>
  /** Replaces what `expectedRevision` was read from. Throws `stale` when it was changed since, `conflict` when an event was handled before. */
  commit(run: Run, expectedRevision: number, outbox: RunOutbox): Promise<void>
  /** By id or by the number that people see. */
  find(accountId: number, ref: string | number): Promise<Run | null>
  /** In any order; unknown ids are left out. */
  findMany(accountId: number, ids: readonly string[]): Promise<Run[]>
  /** Throws `invalid` for a cursor of another list. */
  list(accountId: number, page: RunPage): Promise<{ items: Run[]; nextCursor: string | null }>
  /** Ids of the sub-runs that have not ended. */
  openChildren(accountId: number, parentRunId: string): Promise<string[]>
  /** Which of these events a consumer has handled. */
  handled(consumer: string, eventIds: readonly string[]): Promise<Set<string>>
  /** Removes runs that ended before, and the memory of events handled before. Answers how many runs. */
  prune(before: { endedMs: number; handledMs: number }, limit: number): Promise<number>
}
