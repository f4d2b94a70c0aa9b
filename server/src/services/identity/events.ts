import type { Actor, EventEnvelope } from '@capstan/contract/events'
import { newEvent } from '../../lib/events.ts'
import { changedFacts } from './domain/facts.ts'
import { actorOf, type Principal } from './domain/principal.ts'
import { roleFacts, type Role } from './domain/role.ts'
import { sessionFacts, type Session } from './domain/session.ts'
import { tokenFacts, type Token } from './domain/token.ts'
import { userFacts, type User } from './domain/user.ts'

/** Who did it, in which request. */
export type By = Readonly<{ actor: Actor; requestId: string | null }>

export const byPrincipal = (by: Principal): By => ({ actor: actorOf(by), requestId: by.requestId })
export const bySystem = (name: string): By => ({ actor: { kind: 'system', id: name, name }, requestId: null })
export const byUser = (user: Pick<User, 'id' | 'name'>, requestId: string | null): By => ({
  actor: { kind: 'user', id: user.id, name: user.name },
  requestId,
})

type Facts = Record<string, unknown> | null
type Change = { before?: Facts; after?: Facts }

const userSubject = (user: User) => ({ kind: 'user', id: user.id, number: null, name: user.name })

export const userEvent = (name: string, atMs: number, by: By, { user, before, after }: Change & { user: User }): EventEnvelope =>
  newEvent(name, atMs, { accountId: user.accountId, subject: userSubject(user), ...by, before: before ?? null, after: after ?? null })

export const userCreated = (user: User, by: By): EventEnvelope =>
  userEvent('user.created', user.createdAtMs, by, { user, after: userFacts(user) })

export const userChanged = (was: User, user: User, by: By): EventEnvelope =>
  userEvent('user.changed', user.updatedAtMs, by, { user, ...changedFacts(userFacts(was), userFacts(user)) })

const roleEvent = (name: string, atMs: number, by: By, { role, before, after }: Change & { role: Role }): EventEnvelope =>
  newEvent(name, atMs, {
    accountId: role.accountId,
    subject: { kind: 'role', id: role.id, number: null, name: role.name },
    ...by,
    before: before ?? null,
    after: after ?? null,
  })

export const roleCreated = (role: Role, atMs: number, by: By) => roleEvent('role.created', atMs, by, { role, after: roleFacts(role) })
export const roleRemoved = (role: Role, atMs: number, by: By) => roleEvent('role.removed', atMs, by, { role, before: roleFacts(role) })
export const roleChanged = (was: Role, role: Role, atMs: number, by: By) =>
  roleEvent('role.changed', atMs, by, { role, ...changedFacts(roleFacts(was), roleFacts(role)) })

const sessionSubject = (session: Session) => ({ kind: 'session', id: session.id, number: null, name: session.userName })

export const sessionCreated = (session: Session, by: By): EventEnvelope =>
  newEvent('session.created', session.createdAtMs, {
    accountId: session.accountId,
    subject: sessionSubject(session),
    ...by,
    after: sessionFacts(session),
  })

export const sessionRemoved = (session: Session, atMs: number, { by, reason }: { by: By; reason: string }): EventEnvelope =>
  newEvent('session.removed', atMs, {
    accountId: session.accountId,
    subject: sessionSubject(session),
    ...by,
    before: sessionFacts(session),
    after: { reason },
  })

const tokenSubject = (token: Token) => ({ kind: 'token', id: token.id, number: null, name: token.name })

export const tokenCreated = (token: Token, by: By): EventEnvelope =>
  newEvent('token.created', token.createdAtMs, {
    accountId: token.accountId,
    subject: tokenSubject(token),
    ...by,
    after: tokenFacts(token),
  })

export const tokenRemoved = (token: Token, atMs: number, { by, reason }: { by: By; reason: string }): EventEnvelope =>
  newEvent('token.removed', atMs, {
    accountId: token.accountId,
    subject: tokenSubject(token),
    ...by,
    before: tokenFacts(token),
    after: { reason },
  })
