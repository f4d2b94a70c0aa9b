import { RIGHTS, type Right } from '@capstan/contract/rights'

const DAY_MS = 86_400_000

/** Of one user, expired ones not counted. */
export const LIVE_TOKENS_MAX = 100

/** How long an expired token stays in the list, so that its owner sees why something stopped. */
export const EXPIRED_TOKEN_KEPT_MS = 30 * DAY_MS
export const daysInMs = (days: number): number => days * DAY_MS

export type Token = Readonly<{
  accountId: number
  id: string
  userId: string
  userName: string
  name: string
  /** At most this; what its user may do is the other limit. */
  rights: readonly Right[]
  /** SHA-256 of the secret part, in hex: the secret is random, so nothing slower is needed. */
  secretHash: string
  createdAtMs: number
  expiresAtMs: number | null
  /** Exact to a minute. */
  lastUsedAtMs: number | null
}>

/** `cap_<id>_<secret>`: the prefix lets secret scanners find it, the id is the UUID without dashes. */
export const formatToken = (id: string, secret: string): string => `cap_${id.replaceAll('-', '')}_${secret}`

const TOKEN = /^cap_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/

/** Null for what is not a token. */
export function parseToken(text: string): { id: string; secret: string } | null {
  const match = TOKEN.exec(text)
  return match && { id: match.slice(1, 6).join('-'), secret: match[6]! }
}

export const isTokenOver = (token: Token, nowMs: number): boolean => token.expiresAtMs !== null && token.expiresAtMs <= nowMs

/** What a token allows at this moment: never more than its user may do. */
export const tokenRights = (token: Pick<Token, 'rights'>, userMay: readonly Right[]): Right[] =>
  RIGHTS.filter((right) => token.rights.includes(right) && userMay.includes(right))

/** What an event tells about a token. */
export const tokenFacts = (token: Token): Record<string, unknown> => ({
  name: token.name,
  userId: token.userId,
  rights: token.rights,
  expiresAt: token.expiresAtMs === null ? null : new Date(token.expiresAtMs).toISOString(),
})
