import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ListQuery } from '@capstan/contract/common'
import { roles, sessions, tokens, users } from '@capstan/contract/identity'
import { listRequest } from '../../http/list-query.ts'
import type { Route } from '../../http/route.ts'
import { CapstanError } from '../../lib/errors.ts'
import { MAIN_ACCOUNT_ID } from './domain/user.ts'
import { clearSessionCookie, cookieOf, credentialsOf, setSessionCookie, tokenIdOf } from './http-session.ts'
import type { IdentityUseCases } from './use-cases.ts'
import { roleView, sessionView, signedInView, tokenView, userView } from './views.ts'

type UserRoutes = Pick<
  IdentityUseCases,
  'listUsers' | 'getUser' | 'addUser' | 'changeUser' | 'changePassword' | 'enrolTotp' | 'confirmTotp' | 'removeTotp' | 'getSession'
>

/** Users, roles, sessions and tokens over HTTP. */
export function identityRoutes(route: Route, useCases: IdentityUseCases): void {
  userRoutes(route, useCases)
  secondFactorRoutes(route, useCases)
  roleRoutes(route, useCases)
  sessionRoutes(route, useCases)
  tokenRoutes(route, useCases)
}

function userRoutes(route: Route, useCases: UserRoutes): void {
  route(users.list, async ({ by, query }) => {
    const { items, nextCursor } = await useCases.listUsers(by, listRequest(query, { q: true, sort: ['name'] }))
    return { items: items.map(({ user, lockedUntilMs }) => userView(user, lockedUntilMs)), nextCursor }
  })
  route(users.me, async ({ by }) => {
    const { user, lockedUntilMs } = await useCases.getUser(by, by.id)
    return { ...userView(user, lockedUntilMs), rights: [...by.rights] }
  })
  route(users.get, async ({ by, params }) => {
    const { user, lockedUntilMs } = await useCases.getUser(by, params.id)
    return userView(user, lockedUntilMs)
  })
  route(users.create, async ({ by, body: { expiresAt, ...body } }) => {
    return userView(await useCases.addUser(by, { ...body, expiresAtMs: expiresAt === null ? null : Date.parse(expiresAt) }), null)
  })
  route(users.change, async ({ by, params, body: { expiresAt, ...body }, expectedRevision }) => {
    const change = { ...body, expiresAtMs: expiresAt == null ? expiresAt : Date.parse(expiresAt) }
    await useCases.changeUser(by, params.id, { expectedRevision, change })
    const { user, lockedUntilMs } = await useCases.getUser(by, params.id)
    return userView(user, lockedUntilMs)
  })
  route(users.changePassword, async ({ by, body, request }) => {
    const current = await currentSession(useCases, request)
    await useCases.changePassword(by, { ...body, keepSessionId: current?.session.id ?? null })
  })
}

function secondFactorRoutes(route: Route, useCases: UserRoutes): void {
  route(users.enrolTotp, ({ by, body, reply }) => {
    shownOnce(reply)
    return useCases.enrolTotp(by, body.currentPassword)
  })
  route(users.confirmTotp, async ({ by, body, reply }) => {
    shownOnce(reply)
    return { recoveryCodes: await useCases.confirmTotp(by, body.code) }
  })
  route(users.removeTotp, ({ by, params }) => useCases.removeTotp(by, params.id).then(nothing))
}

function roleRoutes(route: Route, useCases: IdentityUseCases): void {
  route(roles.list, async ({ by, query }) => {
    const { items, nextCursor } = await useCases.listRoles(by, listRequest(query, { sort: ['name'] }))
    return { items: items.map(roleView), nextCursor }
  })
  route(roles.create, async ({ by, body }) => roleView(await useCases.addRole(by, body)))
  route(roles.change, async ({ by, params, body, expectedRevision }) =>
    roleView(await useCases.changeRole(by, params.id, { expectedRevision, change: body })),
  )
  route(roles.remove, ({ by, params }) => useCases.removeRole(by, params.id).then(nothing))
}

function sessionRoutes(route: Route, useCases: IdentityUseCases): void {
  route(sessions.create, async ({ body, request, reply }) => {
    const { name, password, code } = body
    const { address, requestId } = useCases.trust(credentialsOf(request))
    const userAgent = request.headers['user-agent'] ?? ''
    const opened = await useCases.signIn({ accountId: MAIN_ACCOUNT_ID, name, password, code: code ?? null, address, requestId, userAgent })
    setSessionCookie(request, reply, opened.secret)
    shownOnce(reply)
    return signedInView(opened)
  })
  route(sessions.current, async ({ request }) => signedInView(await getCurrent(useCases, request)))
  route(sessions.list, async ({ by, query, request }) => {
    const current = await currentSession(useCases, request)
    const { items, nextCursor } = await useCases.listSessions(by, ownedRequest(query))
    return { items: items.map((session) => sessionView(session, current?.session.id ?? null)), nextCursor }
  })
  route(sessions.remove, async ({ by, params, request, reply }) => {
    const current = await currentSession(useCases, request)
    const id = params.id === 'current' ? (current ?? (await getCurrent(useCases, request))).session.id : params.id
    await useCases.endSession(by, id)
    if (id === current?.session.id) clearSessionCookie(request, reply)
  })
}

function tokenRoutes(route: Route, useCases: IdentityUseCases): void {
  route(tokens.list, async ({ by, query }) => {
    const { items, nextCursor } = await useCases.listTokens(by, ownedRequest(query))
    return { items: items.map(tokenView), nextCursor }
  })
  route(tokens.create, async ({ by, body, request, reply }) => {
    shownOnce(reply)
    const { token, text } = await useCases.createToken(by, { ...body, madeWith: tokenIdOf(request) })
    return { ...tokenView(token), token: text }
  })
  route(tokens.remove, ({ by, params }) => useCases.removeToken(by, params.id).then(nothing))
}

/** Null when the request shows a token, or no cookie. */
async function currentSession(useCases: Pick<IdentityUseCases, 'getSession'>, request: FastifyRequest) {
  const secret = cookieOf(request)
  return secret === undefined || request.headers.authorization !== undefined ? null : useCases.getSession(secret)
}

async function getCurrent(useCases: Pick<IdentityUseCases, 'getSession'>, request: FastifyRequest) {
  const current = await currentSession(useCases, request)
  if (!current)
    throw new CapstanError('not_found', 'this request carries no session: a token has none', { details: { reason: 'no_session' } })
  return current
}

function ownedRequest(query: ListQuery) {
  const { limit, cursor, filter } = listRequest(query, { filter: ['all'], sort: ['-createdAt'] })
  return { limit, cursor, all: filter.has('all') }
}

/** The answer holds a secret: nobody on its way may keep it, neither do we. */
const shownOnce = (reply: FastifyReply) => void reply.header('cache-control', 'no-store')

const nothing = () => undefined
