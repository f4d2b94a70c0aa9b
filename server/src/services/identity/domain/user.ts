import type { Right } from '@capstan/contract/rights'
import { CapstanError } from '../../../lib/errors.ts'
import { rightsOf, type Role } from './role.ts'

/** `accessRevision` grows with every change that takes the right to administer from somebody. */
export type Account = Readonly<{ id: number; name: string; accessRevision: number; createdAtMs: number }>

/** The one account of an embedded platform. */
export const MAIN_ACCOUNT_ID = 1

/** `secret` is sealed. */
export type Totp = Readonly<{ state: 'off' } | { state: 'enrolling'; secret: string } | { state: 'on'; secret: string; lastStep: number }>

export type User = Readonly<{
  accountId: number
  id: string
  /** Never changes. */
  name: string
  displayName: string
  email: string | null
  roles: readonly Role[]
  enabled: boolean
  expiresAtMs: number | null
  /** argon2id, in the PHC string format. */
  passwordHash: string
  totp: Totp
  revision: number
  createdAtMs: number
  updatedAtMs: number
}>

/** Without case and without compatibility forms. */
export const folded = (text: string): string => text.normalize('NFKC').toLowerCase().normalize('NFKC')

/** One letter can become eighteen; keys are indexed, so they have an end. */
const NAME_KEY_LENGTH_MAX = 400

/** Two names with the same key are the same name: what looks alike cannot be two users. Throws `invalid` when it grows too long. */
export function nameKeyOf(name: string): string {
  const key = folded(name)
  if (key.length > NAME_KEY_LENGTH_MAX) throw new CapstanError('invalid', 'the name is too long', { details: { field: 'name' } })
  return key
}

export const isActive = (user: User, nowMs: number): boolean => user.enabled && (user.expiresAtMs === null || user.expiresAtMs > nowMs)

export const userRights = (user: User): Right[] => rightsOf(user.roles)

/** Whoever administers needs a second factor first where the platform asks for it. */
export const mustEnrolTotp = (user: User, requireTotp: boolean): boolean =>
  requireTotp && user.totp.state !== 'on' && userRights(user).includes('administer')

/** An administrator who stays one: not disabled, and without an end. */
export const isLastingAdministrator = (user: User): boolean =>
  user.enabled && user.expiresAtMs === null && userRights(user).includes('administer')

/**
 * Throws `conflict` when `after` would leave the account without a lasting administrator.
 * `administrators` are those of before, each with the user as the change would leave it.
 */
export function keepAnAdministrator(administrators: readonly { before: User; after: User }[]): void {
  const had = administrators.some(({ before }) => isLastingAdministrator(before))
  const has = administrators.some(({ after }) => isLastingAdministrator(after))
  if (!had || has) return
  throw new CapstanError('conflict', 'this would leave nobody who administers the platform: give somebody else that right first', {
    details: { reason: 'last_administrator' },
  })
}

/** What an event tells about a user; no secret is among it. */
export const userFacts = (user: User): Record<string, unknown> => ({
  name: user.name,
  displayName: user.displayName,
  email: user.email,
  roles: user.roles.map((role) => role.name),
  enabled: user.enabled,
  expiresAt: user.expiresAtMs === null ? null : new Date(user.expiresAtMs).toISOString(),
  totp: user.totp.state,
})
