import type { Right } from '@capstan/contract/rights'
import { CapstanError } from '../../lib/errors.ts'
import type { LockOut, LockOutSubject } from '../../services/identity/domain/lock-out.ts'
import type { Role } from '../../services/identity/domain/role.ts'
import type { Session } from '../../services/identity/domain/session.ts'
import type { Token } from '../../services/identity/domain/token.ts'
import type { Totp, User } from '../../services/identity/domain/user.ts'
import { first, statement, type SqlDatabase, type Statement, type Unit } from './database.ts'

/* Rows of the identity tables and what they become. */

export type UserRow = {
  account_id: number
  id: string
  name: string
  name_key: string
  display_name: string
  email: string | null
  password_hash: string
  enabled: number
  expires_at_ms: number | null
  totp_secret: string | null
  totp_enabled: number
  totp_last_step: number | null
  revision: number
  created_at_ms: number
  updated_at_ms: number
}

export type RoleRow = {
  account_id: number
  id: string
  name: string
  name_key: string
  description: string
  rights: string
  built_in: number
  revision: number
}

export type SessionRow = {
  account_id: number
  id: string
  user_id: string
  user_name: string
  secret_hash: string
  address: string
  user_agent: string
  created_at_ms: number
  last_seen_at_ms: number
}

export type TokenRow = {
  account_id: number
  id: string
  user_id: string
  user_name: string
  name: string
  rights: string
  secret_hash: string
  created_at_ms: number
  expires_at_ms: number | null
  last_used_at_ms: number | null
}

export type LockOutRow = { subject: LockOutSubject; failures: number; last_failure_at_ms: number; locked_until_ms: number | null }

const numberOrNull = (value: number | null): number | null => (value === null ? null : Number(value))

export const roleOf = (row: RoleRow): Role => ({
  accountId: Number(row.account_id),
  id: row.id,
  name: row.name,
  description: row.description,
  rights: JSON.parse(row.rights) as Right[],
  builtIn: Number(row.built_in) === 1,
  revision: Number(row.revision),
})

export const userOf = (row: UserRow, roles: readonly Role[]): User => ({
  accountId: Number(row.account_id),
  id: row.id,
  name: row.name,
  displayName: row.display_name,
  email: row.email,
  roles,
  enabled: Number(row.enabled) === 1,
  expiresAtMs: numberOrNull(row.expires_at_ms),
  passwordHash: row.password_hash,
  totp: totpOf(row),
  revision: Number(row.revision),
  createdAtMs: Number(row.created_at_ms),
  updatedAtMs: Number(row.updated_at_ms),
})

function totpOf({ totp_secret: secret, totp_enabled, totp_last_step }: UserRow): Totp {
  if (secret === null) return { state: 'off' }
  return Number(totp_enabled) === 1 ? { state: 'on', secret, lastStep: Number(totp_last_step ?? 0) } : { state: 'enrolling', secret }
}

export const sessionOf = (row: SessionRow): Session => ({
  accountId: Number(row.account_id),
  id: row.id,
  userId: row.user_id,
  userName: row.user_name,
  secretHash: row.secret_hash,
  address: row.address,
  userAgent: row.user_agent,
  createdAtMs: Number(row.created_at_ms),
  lastSeenAtMs: Number(row.last_seen_at_ms),
})

export const tokenOf = (row: TokenRow): Token => ({
  accountId: Number(row.account_id),
  id: row.id,
  userId: row.user_id,
  userName: row.user_name,
  name: row.name,
  rights: JSON.parse(row.rights) as Right[],
  secretHash: row.secret_hash,
  createdAtMs: Number(row.created_at_ms),
  expiresAtMs: numberOrNull(row.expires_at_ms),
  lastUsedAtMs: numberOrNull(row.last_used_at_ms),
})

export const lockOutOf = (row: LockOutRow): LockOut => ({
  failures: Number(row.failures),
  lastFailureAtMs: Number(row.last_failure_at_ms),
  lockedUntilMs: numberOrNull(row.locked_until_ms),
})

/** SQLite has one writer; elsewhere what a unit reads before it decides must be locked. */
export const forUpdate = (database: SqlDatabase): string => (database.dialect === 'sqlite' ? '' : ' for update')

/** `stale` when the row is another revision by now. */
const stale = (noun: string, id: string): CapstanError =>
  new CapstanError('stale', `the ${noun} was changed in the meantime: read it again`, { details: { id } })

/** A row that must be there with this revision; `not_found` or `stale` otherwise. */
export function* requireRevision(query: Statement, noun: string, id: string, expectedRevision: number): Unit<void> {
  const row = yield* first<{ revision: number }>(query)
  if (!row) throw new CapstanError('not_found', `there is no ${noun} ${id}`, { details: { id } })
  if (Number(row.revision) !== expectedRevision) throw stale(noun, id)
}

/** See `SaveOptions.expectedAccessRevision`. */
export function* raiseAccessRevision(accountId: number, expected: number | null): Unit<void> {
  if (expected === null) return
  const { changes } = yield statement(
    'update identity_account set access_revision = access_revision + 1 where id = ? and access_revision = ?',
    [accountId, expected],
  )
  if (changes === 0) throw new CapstanError('conflict', 'somebody changed who administers at the same moment: try again')
}
