import type { RoleView, SessionView, SignedIn, TokenView, UserView } from '@capstan/contract/identity'
import { isoTime } from '../../lib/clock.ts'
import type { Role } from './domain/role.ts'
import { sessionExpiresAtMs, type Session } from './domain/session.ts'
import type { Token } from './domain/token.ts'
import { userRights, type User } from './domain/user.ts'
import type { OpenedSession } from './use-cases/sign-in.ts'

const timeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms))

export const userView = (user: User, lockedUntilMs: number | null): UserView => ({
  id: user.id,
  name: user.name,
  displayName: user.displayName,
  email: user.email,
  roleIds: user.roles.map((role) => role.id),
  rights: userRights(user),
  enabled: user.enabled,
  totpEnabled: user.totp.state === 'on',
  lockedUntil: timeOrNull(lockedUntilMs),
  expiresAt: timeOrNull(user.expiresAtMs),
  revision: user.revision,
  createdAt: isoTime(user.createdAtMs),
  updatedAt: isoTime(user.updatedAtMs),
})

export const roleView = ({ id, name, description, rights, builtIn, revision }: Role): RoleView => ({
  id,
  name,
  description,
  rights: [...rights],
  builtIn,
  revision,
})

export const sessionView = (session: Session, currentId: string | null): SessionView => ({
  id: session.id,
  userId: session.userId,
  userName: session.userName,
  current: session.id === currentId,
  createdAt: isoTime(session.createdAtMs),
  lastSeenAt: isoTime(session.lastSeenAtMs),
  expiresAt: isoTime(sessionExpiresAtMs(session)),
  address: session.address,
  userAgent: session.userAgent,
})

export const tokenView = (token: Token): TokenView => ({
  id: token.id,
  name: token.name,
  userId: token.userId,
  userName: token.userName,
  rights: [...token.rights],
  createdAt: isoTime(token.createdAtMs),
  expiresAt: timeOrNull(token.expiresAtMs),
  lastUsedAt: timeOrNull(token.lastUsedAtMs),
})

/** Somebody who must enrol a second factor first is shown without rights, as they have none yet. */
export const signedInView = ({ user, session, csrfToken, mustEnrolTotp }: Omit<OpenedSession, 'secret'>): SignedIn => ({
  user: mustEnrolTotp ? { ...userView(user, null), rights: [] } : userView(user, null),
  session: sessionView(session, session.id),
  csrfToken,
  mustEnrolTotp,
})
