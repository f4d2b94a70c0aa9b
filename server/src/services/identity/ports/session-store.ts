import type { EventEnvelope } from '@capstan/contract/events'
import type { LockOut, LockOutSubject } from '../domain/lock-out.ts'
import type { Session } from '../domain/session.ts'
import type { Token } from '../domain/token.ts'
import type { Events, Listed, ListPage } from './account-store.ts'

/** What a sign-in uses up: a step of the authenticator, or one recovery code. */
export type SecondFactorUse = Readonly<{ kind: 'none' } | { kind: 'totp'; step: number } | { kind: 'recovery'; hash: string }>

export type OpenSession = Readonly<{
  /** `stale` when the user was changed since: the password that was checked may be another one by now. */
  expectedUserRevision: number
  /** `conflict` when the step or the code was used in the meantime. */
  secondFactor: SecondFactorUse
  /** Counters that this success sets back. */
  forgiven: readonly LockOutSubject[]
  /** So many sessions of the user at most: those longest unseen end in the same unit, with an event each. */
  atMost: number
  ended: (session: Session) => EventEnvelope
  events: Events
}>

/** `conflict` when the user has `liveMax` tokens that have not expired when the new one is created. */
export type AddToken = Readonly<{ liveMax: number; events: Events }>

export type OwnedPage = ListPage & { userId: string | null }

export interface SessionStore {
  /** Answers the sessions that it ended. */
  open(session: Session, options: OpenSession): Promise<Session[]>
  find(accountId: number, id: string): Promise<Session | null>
  findBySecret(secretHash: string): Promise<Session | null>
  /** Newest first. Throws `invalid` for a cursor of another list. */
  list(accountId: number, page: OwnedPage): Promise<Listed<Session>>
  touch(accountId: number, id: string, lastSeenAtMs: number): Promise<void>
  /** Nothing happens, no event either, when it is gone. */
  remove(accountId: number, id: string, events: Events): Promise<void>
  /** Removes at most `limit` sessions, of all accounts, created or last seen before these times; answers them. */
  removeOver(before: { createdMs: number; seenMs: number }, limit: number, event: (session: Session) => EventEnvelope): Promise<Session[]>
}

export interface TokenStore {
  add(token: Token, options: AddToken): Promise<void>
  find(id: string): Promise<Token | null>
  /** Newest first. Throws `invalid` for a cursor of another list. */
  list(accountId: number, page: OwnedPage): Promise<Listed<Token>>
  touch(accountId: number, id: string, lastUsedAtMs: number): Promise<void>
  /** Nothing happens, no event either, when it is gone. */
  remove(accountId: number, id: string, events: Events): Promise<void>
  /** Removes at most `limit` tokens, of all accounts, that expired before `expiredMs`; answers them. */
  removeOver(expiredMs: number, limit: number, event: (token: Token) => EventEnvelope): Promise<Token[]>
}

/** Failed sign-ins; they survive a restart. */
export interface LockOutStore {
  /** Only those that have failures. */
  findMany(accountId: number, subjects: readonly LockOutSubject[]): Promise<Map<LockOutSubject, LockOut>>
  /** Replaces each counter by what `next` makes of it, in one unit with what `events` says of the outcome; no failure is lost to a neighbour. */
  record(
    accountId: number,
    subjects: readonly LockOutSubject[],
    next: (before: LockOut | null, subject: LockOutSubject) => LockOut,
    events: (after: ReadonlyMap<LockOutSubject, LockOut>) => Events,
  ): Promise<void>
  clear(accountId: number, subjects: readonly LockOutSubject[]): Promise<void>
  /** Forgets counters of all accounts whose last failure was before this time. */
  removeBefore(lastFailureMs: number): Promise<void>
}
