import { z } from 'zod'
import { Id, IdParams, listOf, ListQuery, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { Right } from './rights.ts'

export const UserView = z.object({
  id: Id,
  name: z.string(),
  displayName: z.string(),
  email: z.string().nullable(),
  roleIds: z.array(Id),
  rights: z.array(Right),
  enabled: z.boolean(),
  totpEnabled: z.boolean(),
  lockedUntil: Time.nullable(),
  expiresAt: Time.nullable(),
  revision: z.int(),
  createdAt: Time,
  updatedAt: Time,
})
export type UserView = z.infer<typeof UserView>

const UserName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\s\p{C}]+$/u, 'a user name has no blanks or control characters')
const Password = z.string().min(10, 'a password has at least 10 characters').max(500)

export const NewUser = z.object({
  name: UserName,
  displayName: z.string().min(1).max(200).optional(),
  email: z.email().nullable().default(null),
  password: Password,
  roleIds: z.array(Id).max(50).default([]),
  expiresAt: Time.nullable().default(null),
})
export const UserChange = z.object({
  displayName: z.string().min(1).max(200).optional(),
  email: z.email().nullable().optional(),
  password: Password.optional(),
  roleIds: z.array(Id).max(50).optional(),
  enabled: z.boolean().optional(),
  expiresAt: Time.nullable().optional(),
})

export const users = {
  list: endpoint({
    method: 'GET',
    path: '/users',
    permission: 'administer',
    tag: 'users',
    summary: 'Users of the account by name; `q` is a part of a name',
    query: ListQuery,
    reply: listOf(UserView),
  }),
  me: endpoint({
    method: 'GET',
    path: '/users/me',
    permission: 'signed_in',
    tag: 'users',
    summary: 'Who am I, what may I do',
    reply: UserView,
  }),
  get: endpoint({
    method: 'GET',
    path: '/users/:id',
    permission: 'administer',
    tag: 'users',
    summary: 'One user',
    params: IdParams,
    reply: UserView,
  }),
  create: endpoint({
    method: 'POST',
    path: '/users',
    permission: 'administer',
    tag: 'users',
    summary: 'Add a user',
    body: NewUser,
    reply: UserView,
    status: 201,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/users/:id',
    permission: 'administer',
    tag: 'users',
    summary: 'Change a user',
    params: IdParams,
    body: UserChange,
    reply: UserView,
    ifMatch: true,
  }),
  changePassword: endpoint({
    method: 'POST',
    path: '/users/me/password',
    permission: 'signed_in',
    tag: 'users',
    summary: 'Change my password; ends my other sessions',
    body: z.object({ currentPassword: z.string().max(500), newPassword: Password }),
    status: 204,
  }),
  enrolTotp: endpoint({
    method: 'POST',
    path: '/users/me/totp',
    permission: 'signed_in',
    tag: 'users',
    summary: 'Begin with a second factor: answers the secret for the authenticator',
    body: z.object({ currentPassword: z.string().max(500) }),
    reply: z.object({ secret: z.string(), uri: z.string() }),
  }),
  confirmTotp: endpoint({
    method: 'POST',
    path: '/users/me/totp/confirm',
    permission: 'signed_in',
    tag: 'users',
    summary: 'Switch the second factor on with a first code; answers recovery codes once',
    body: z.object({ code: z.string().regex(/^\d{6}$/) }),
    reply: z.object({ recoveryCodes: z.array(z.string()) }),
  }),
  removeTotp: endpoint({
    method: 'DELETE',
    path: '/users/:id/totp',
    permission: 'administer',
    tag: 'users',
    summary: 'Remove the second factor of somebody who lost it',
    params: IdParams,
    status: 204,
  }),
}

export const RoleView = z.object({
  id: Id,
  name: z.string(),
  description: z.string(),
  rights: z.array(Right),
  builtIn: z.boolean(),
  revision: z.int(),
})
export type RoleView = z.infer<typeof RoleView>
const RoleBody = z.object({
  name: z.string().min(1).max(100),
  description: z.string().max(1_000).default(''),
  rights: z.array(Right).max(50),
})

export const roles = {
  list: endpoint({
    method: 'GET',
    path: '/roles',
    permission: 'administer',
    tag: 'roles',
    summary: 'Roles and what they allow, by name',
    query: ListQuery,
    reply: listOf(RoleView),
  }),
  create: endpoint({
    method: 'POST',
    path: '/roles',
    permission: 'administer',
    tag: 'roles',
    summary: 'Add a role',
    body: RoleBody,
    reply: RoleView,
    status: 201,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/roles/:id',
    permission: 'administer',
    tag: 'roles',
    summary: 'Change a role',
    params: IdParams,
    body: RoleBody.partial(),
    reply: RoleView,
    ifMatch: true,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/roles/:id',
    permission: 'administer',
    tag: 'roles',
    summary: 'Remove a role that nobody has',
    params: IdParams,
    status: 204,
  }),
}

export const SessionView = z.object({
  id: Id,
  userId: Id,
  userName: z.string(),
  current: z.boolean(),
  createdAt: Time,
  lastSeenAt: Time,
  expiresAt: Time,
  address: z.string(),
  userAgent: z.string(),
})
export type SessionView = z.infer<typeof SessionView>

export const SignedIn = z.object({
  user: UserView,
  session: SessionView,
  /** Goes back as the header X-CSRF-Token with every change made with the cookie. */
  csrfToken: z.string(),
  /** A right that needs a second factor first, because the platform is reachable from elsewhere. */
  mustEnrolTotp: z.boolean(),
})
export type SignedIn = z.infer<typeof SignedIn>

export const sessions = {
  create: endpoint({
    method: 'POST',
    path: '/sessions',
    permission: 'public',
    tag: 'sessions',
    summary: 'Sign in; sets the session cookie. 401 with details.reason `totp_required` asks for a code',
    body: z.object({ name: z.string().min(1).max(100), password: z.string().min(1).max(500), code: z.string().max(20).optional() }),
    reply: SignedIn,
    status: 201,
  }),
  current: endpoint({
    method: 'GET',
    path: '/sessions/current',
    permission: 'signed_in',
    tag: 'sessions',
    summary: 'The session of this browser',
    reply: SignedIn,
  }),
  list: endpoint({
    method: 'GET',
    path: '/sessions',
    permission: 'signed_in',
    tag: 'sessions',
    summary: 'My sessions, newest first; an administrator sees all with filter=all',
    query: ListQuery,
    reply: listOf(SessionView),
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/sessions/:id',
    permission: 'signed_in',
    tag: 'sessions',
    summary: 'End a session; `current` signs out',
    params: z.object({ id: z.union([z.literal('current'), Id]) }),
    status: 204,
  }),
}

export const TokenView = z.object({
  id: Id,
  name: z.string(),
  userId: Id,
  userName: z.string(),
  rights: z.array(Right),
  createdAt: Time,
  expiresAt: Time.nullable(),
  lastUsedAt: Time.nullable(),
})
export type TokenView = z.infer<typeof TokenView>

export const tokens = {
  list: endpoint({
    method: 'GET',
    path: '/tokens',
    permission: 'signed_in',
    tag: 'tokens',
    summary: 'My API tokens, newest first; an administrator sees all with filter=all',
    query: ListQuery,
    reply: listOf(TokenView),
  }),
  create: endpoint({
    method: 'POST',
    path: '/tokens',
    permission: 'signed_in',
    tag: 'tokens',
    summary: 'Make an API token; it is shown once',
    body: z.object({
      name: z.string().min(1).max(100),
      rights: z.array(Right).min(1).optional(),
      expiresInDays: z.int().min(1).max(3_650).default(90),
    }),
    reply: TokenView.extend({ token: z.string() }),
    status: 201,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/tokens/:id',
    permission: 'signed_in',
    tag: 'tokens',
    summary: 'Revoke a token',
    params: IdParams,
    status: 204,
  }),
}
