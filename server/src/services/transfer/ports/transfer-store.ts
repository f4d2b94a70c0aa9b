import type { Arrival, ArrivalSource, ArrivalState } from '../domain/arrival.ts'

export type ArrivalPage = Readonly<{
  limit: number
  cursor: string | null
  states: readonly ArrivalState[] | null
  source: ArrivalSource | null
  /** Only what this user started. */
  byId: string | null
  /** Only of this file. */
  fingerprint?: string | null
}>

/** What is coming in, durably: an arrival that was decided is finished after any crash. Each change of state commits together with its event. */
export interface TransferStore {
  /** Adds an arrival; when its key is known, nothing is added and the first is answered. */
  add(arrival: Arrival): Promise<Arrival>
  find(accountId: number, id: string): Promise<Arrival | null>
  findByKey(accountId: number, key: string): Promise<Arrival | null>
  /** Replaces the row of this id; `conflict` when another arrival holds its key. */
  save(arrival: Arrival): Promise<void>
  remove(accountId: number, id: string, nowMs: number): Promise<void>
  /** Newest first. Throws `invalid` for a cursor of another list. */
  list(accountId: number, page: ArrivalPage): Promise<{ items: Arrival[]; nextCursor: string | null }>
  /** Of every account, by id, after `afterId`: for recovery and the sweeper. */
  inStates(states: readonly ArrivalState[], afterId: string, limit: number): Promise<Arrival[]>
  /** Forgets final arrivals that were last changed before, and tells no event; answers how many. */
  prune(beforeMs: number): Promise<number>
}
