import type { EventEnvelope } from '@capstan/contract/events'
import type { Quota } from '../domain/quota.ts'
import type { ResourcePage } from './resource-store.ts'

/** What accounts may use at once. Every change commits together with its events. */
export interface QuotaStore {
  /** Throws `conflict` when the account has a quota of this scope and name. */
  add(quota: Quota, events: readonly EventEnvelope[]): Promise<void>
  find(accountId: number, id: string): Promise<Quota | null>
  /** In the order they were made. */
  list(accountId: number, page: ResourcePage): Promise<{ items: Quota[]; nextCursor: string | null }>
  /** Of every account. */
  all(): Promise<Quota[]>
  /** Throws `stale` when it was changed since `expectedRevision`. */
  save(quota: Quota, expectedRevision: number, events: readonly EventEnvelope[]): Promise<void>
  /** What is gone already stays so, and tells no event. */
  remove(accountId: number, id: string, events: readonly EventEnvelope[]): Promise<void>
}
