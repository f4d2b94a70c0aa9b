import type { EventEnvelope } from '@capstan/contract/events'
import { CapstanError } from '../../lib/errors.ts'
import type { LockOut, LockOutSubject } from '../../services/identity/domain/lock-out.ts'
import type { Session } from '../../services/identity/domain/session.ts'
import type { Token } from '../../services/identity/domain/token.ts'
import type { Events, Listed } from '../../services/identity/ports/account-store.ts'
import type {
  AddToken,
  LockOutStore,
  OpenSession,
  OwnedPage,
  SessionStore,
  TokenStore,
} from '../../services/identity/ports/session-store.ts'
import {
  forUpdate,
  lockOutOf,
  requireRevision,
  sessionOf,
  tokenOf,
  type LockOutRow,
  type SessionRow,
  type TokenRow,
} from './account-rows.ts'
import { all, first, run, statement, type SqlDatabase, type Unit } from './database.ts'
import { marks, pageByKey, type Condition } from './listing.ts'
import { appendEvents } from './outbox.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'

const SESSIONS =
  'select o.*, u.name as user_name from identity_session o join identity_user u on u.account_id = o.account_id and u.id = o.user_id'
const TOKENS =
  'select o.*, u.name as user_name from identity_token o join identity_user u on u.account_id = o.account_id and u.id = o.user_id'

export class SqlSessionStore implements SessionStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  open(session: Session, options: OpenSession): Promise<Session[]> {
    const database = this.#database
    return database.write(() => openSession(database, session, options))
  }

  find(accountId: number, id: string): Promise<Session | null> {
    return this.#database.read(() => oneSession('o.account_id = ? and o.id = ?', [accountId, id]))
  }

  findBySecret(secretHash: string): Promise<Session | null> {
    return this.#database.read(() => oneSession('o.secret_hash = ?', [secretHash]))
  }

  list(accountId: number, page: OwnedPage): Promise<Listed<Session>> {
    return this.#database.read(() =>
      pageByKey<SessionRow, Session>('sessions', SESSIONS, page, {
        ...newestFirst,
        conditions: owned(accountId, page.userId),
        item: sessionOf,
      }),
    )
  }

  async touch(accountId: number, id: string, lastSeenAtMs: number): Promise<void> {
    const query = statement('update identity_session set last_seen_at_ms = ? where account_id = ? and id = ?', [
      lastSeenAtMs,
      accountId,
      id,
    ])
    await this.#database.write(() => run(query))
  }

  remove(accountId: number, id: string, events: Events): Promise<void> {
    const database = this.#database
    return database.write(function* () {
      if ((yield* run(statement('delete from identity_session where account_id = ? and id = ?', [accountId, id]))) === 0) return
      yield* appendEvents(database, 'identity', events)
    })
  }

  removeOver(
    { createdMs, seenMs }: { createdMs: number; seenMs: number },
    limit: number,
    event: (session: Session) => EventEnvelope,
  ): Promise<Session[]> {
    const database = this.#database
    return database.write(function* () {
      const query = statement(`${SESSIONS} where o.created_at_ms <= ? or o.last_seen_at_ms <= ? limit ?`, [createdMs, seenMs, limit])
      const over = (yield* all<SessionRow>(query)).map(sessionOf)
      yield* removeRows('identity_session', over)
      yield* appendEvents(database, 'identity', over.map(event))
      return over
    })
  }
}

export class SqlTokenStore implements TokenStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  add(token: Token, { liveMax, events }: AddToken): Promise<void> {
    const database = this.#database
    return database.write(function* () {
      yield* requireRoomForToken(database, token, liveMax)
      yield* run(
        statement(
          `insert into identity_token (id, account_id, user_id, name, rights, secret_hash, created_at_ms, expires_at_ms, last_used_at_ms)
           values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          [
            token.id,
            token.accountId,
            token.userId,
            token.name,
            JSON.stringify(token.rights),
            token.secretHash,
            token.createdAtMs,
            token.expiresAtMs,
            token.lastUsedAtMs,
          ],
        ),
      )
      yield* appendEvents(database, 'identity', events)
    })
  }

  find(id: string): Promise<Token | null> {
    return this.#database.read(function* () {
      const row = yield* first<TokenRow>(statement(`${TOKENS} where o.id = ?`, [id]))
      return row && tokenOf(row)
    })
  }

  list(accountId: number, page: OwnedPage): Promise<Listed<Token>> {
    return this.#database.read(() =>
      pageByKey<TokenRow, Token>('tokens', TOKENS, page, { ...newestFirst, conditions: owned(accountId, page.userId), item: tokenOf }),
    )
  }

  async touch(accountId: number, id: string, lastUsedAtMs: number): Promise<void> {
    const query = statement('update identity_token set last_used_at_ms = ? where account_id = ? and id = ?', [lastUsedAtMs, accountId, id])
    await this.#database.write(() => run(query))
  }

  remove(accountId: number, id: string, events: Events): Promise<void> {
    const database = this.#database
    return database.write(function* () {
      if ((yield* run(statement('delete from identity_token where account_id = ? and id = ?', [accountId, id]))) === 0) return
      yield* appendEvents(database, 'identity', events)
    })
  }

  removeOver(expiredMs: number, limit: number, event: (token: Token) => EventEnvelope): Promise<Token[]> {
    const database = this.#database
    return database.write(function* () {
      const query = statement(`${TOKENS} where o.expires_at_ms <= ? limit ?`, [expiredMs, limit])
      const over = (yield* all<TokenRow>(query)).map(tokenOf)
      yield* removeRows('identity_token', over)
      yield* appendEvents(database, 'identity', over.map(event))
      return over
    })
  }
}

export class SqlLockOutStore implements LockOutStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  findMany(accountId: number, subjects: readonly LockOutSubject[]): Promise<Map<LockOutSubject, LockOut>> {
    return this.#database.read(() => findLockOuts(accountId, subjects, ''))
  }

  record(accountId: number, subjects: readonly LockOutSubject[], next: Next, events: Told): Promise<void> {
    const database = this.#database
    return repeatOnConflict(() => database.write(() => recordFailures(database, { accountId, subjects, next, events })))
  }

  clear(accountId: number, subjects: readonly LockOutSubject[]): Promise<void> {
    return this.#database.write(() => clearLockOuts(accountId, subjects))
  }

  async removeBefore(lastFailureMs: number): Promise<void> {
    await this.#database.write(() => run(statement('delete from identity_lock_out where last_failure_at_ms < ?', [lastFailureMs])))
  }
}

function* oneSession(where: string, values: readonly unknown[]): Unit<Session | null> {
  const row = yield* first<SessionRow>(statement(`${SESSIONS} where ${where}`, values))
  return row && sessionOf(row)
}

function* openSession(database: SqlDatabase, session: Session, options: OpenSession): Unit<Session[]> {
  const { accountId, userId } = session
  const query = statement(`select revision from identity_user where account_id = ? and id = ?${forUpdate(database)}`, [accountId, userId])
  yield* requireRevision(query, 'user', userId, options.expectedUserRevision)
  yield* useSecondFactor(session, options.secondFactor)
  yield* clearLockOuts(accountId, options.forgiven)
  const ended = yield* makeRoomForSession(session, options.atMost)
  yield* run(
    statement(
      `insert into identity_session (id, account_id, user_id, secret_hash, address, user_agent, created_at_ms, last_seen_at_ms)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
      [session.id, accountId, userId, session.secretHash, session.address, session.userAgent, session.createdAtMs, session.lastSeenAtMs],
    ),
  )
  yield* appendEvents(database, 'identity', [...ended.map(options.ended), ...options.events])
  return ended
}

/** Ends those of the user that were longest unseen; the row of the user is locked by now. */
function* makeRoomForSession({ accountId, userId }: Session, atMost: number): Unit<Session[]> {
  const query = statement(`${SESSIONS} where o.account_id = ? and o.user_id = ? order by o.last_seen_at_ms, o.id`, [accountId, userId])
  const known = (yield* all<SessionRow>(query)).map(sessionOf)
  const over = known.slice(0, Math.max(0, known.length + 1 - atMost))
  yield* removeRows('identity_session', over)
  return over
}

/** Two at once wait for each other at the row of their user. */
function* requireRoomForToken(database: SqlDatabase, { accountId, userId, createdAtMs }: Token, liveMax: number): Unit<void> {
  yield* first(statement(`select id from identity_user where account_id = ? and id = ?${forUpdate(database)}`, [accountId, userId]))
  const live = yield* first<{ count: number }>(
    statement(
      'select count(*) as count from identity_token where account_id = ? and user_id = ? and (expires_at_ms is null or expires_at_ms > ?)',
      [accountId, userId, createdAtMs],
    ),
  )
  if (Number(live?.count ?? 0) >= liveMax)
    throw new CapstanError('conflict', `there are ${liveMax} tokens of this user already: revoke some that are no longer needed`, {
      details: { reason: 'too_many_tokens', max: liveMax },
    })
}

function* useSecondFactor({ accountId, userId }: Session, use: OpenSession['secondFactor']): Unit<void> {
  if (use.kind === 'none') return
  const query =
    use.kind === 'totp'
      ? statement(
          'update identity_user set totp_last_step = ? where account_id = ? and id = ? and totp_enabled = 1 and totp_last_step < ?',
          [use.step, accountId, userId, use.step],
        )
      : statement('delete from identity_recovery_code where account_id = ? and user_id = ? and hash = ?', [accountId, userId, use.hash])
  if ((yield* run(query)) === 0) throw new CapstanError('conflict', 'this code was used before', { details: { reason: 'code_used' } })
}

type OwnedRow = { id: string }

/** The ids carry the time. */
const newestFirst = { column: 'o.id', descending: true, keyOf: (row: OwnedRow) => row.id } as const

const owned = (accountId: number, userId: string | null): Condition[] => [
  { sql: 'o.account_id = ?', parameters: [accountId] },
  ...(userId === null ? [] : [{ sql: 'o.user_id = ?', parameters: [userId] }]),
]

function* removeRows(table: 'identity_session' | 'identity_token', rows: readonly OwnedRow[]): Unit<void> {
  if (rows.length > 0)
    yield* run(
      statement(
        `delete from ${table} where id in (${marks(rows)})`,
        rows.map((row) => row.id),
      ),
    )
}

function* findLockOuts(accountId: number, subjects: readonly LockOutSubject[], suffix: string): Unit<Map<LockOutSubject, LockOut>> {
  if (subjects.length === 0) return new Map()
  const query = statement(`select * from identity_lock_out where account_id = ? and subject in (${marks(subjects)})${suffix}`, [
    accountId,
    ...subjects,
  ])
  return new Map((yield* all<LockOutRow>(query)).map((row) => [row.subject, lockOutOf(row)]))
}

type Next = Parameters<LockOutStore['record']>[2]
type Told = Parameters<LockOutStore['record']>[3]

type Recording = {
  accountId: number
  subjects: readonly LockOutSubject[]
  next: Next
  events: Told
}

function* recordFailures(database: SqlDatabase, { accountId, subjects, next, events }: Recording): Unit<void> {
  const before = yield* findLockOuts(accountId, subjects, forUpdate(database))
  const after = new Map<LockOutSubject, LockOut>()
  for (const subject of subjects) {
    const lockOut = next(before.get(subject) ?? null, subject)
    after.set(subject, lockOut)
    yield* run(writeLockOut(accountId, subject, lockOut, before.has(subject)))
  }
  yield* appendEvents(database, 'identity', events(after))
}

const writeLockOut = (accountId: number, subject: LockOutSubject, lockOut: LockOut, exists: boolean) => {
  const values = [lockOut.failures, lockOut.lastFailureAtMs, lockOut.lockedUntilMs, accountId, subject]
  if (exists)
    return statement(
      'update identity_lock_out set failures = ?, last_failure_at_ms = ?, locked_until_ms = ? where account_id = ? and subject = ?',
      values,
    )
  return statement(
    'insert into identity_lock_out (failures, last_failure_at_ms, locked_until_ms, account_id, subject) values (?, ?, ?, ?, ?)',
    values,
  )
}

function* clearLockOuts(accountId: number, subjects: readonly LockOutSubject[]): Unit<void> {
  if (subjects.length === 0) return
  yield* run(statement(`delete from identity_lock_out where account_id = ? and subject in (${marks(subjects)})`, [accountId, ...subjects]))
}
