const HOUR_MS = 3_600_000

export const SESSION_LIMITS = { idleMs: 12 * HOUR_MS, absoluteMs: 14 * 24 * HOUR_MS, userAgentLengthMax: 300, perUserMax: 50 } as const

export type Session = Readonly<{
  accountId: number
  id: string
  userId: string
  userName: string
  /** SHA-256 of the cookie's value, in hex. */
  secretHash: string
  address: string
  userAgent: string
  createdAtMs: number
  /** Exact to a minute. */
  lastSeenAtMs: number
}>

export const sessionExpiresAtMs = (session: Session): number =>
  Math.min(session.lastSeenAtMs + SESSION_LIMITS.idleMs, session.createdAtMs + SESSION_LIMITS.absoluteMs)

export const isSessionOver = (session: Session, nowMs: number): boolean => sessionExpiresAtMs(session) <= nowMs

/** What an event tells about a session. */
export const sessionFacts = (session: Session): Record<string, unknown> => ({
  userId: session.userId,
  address: session.address,
  userAgent: session.userAgent,
})
