import type { EventEnvelope } from '@capstan/contract/events'
import { newEvent } from '../../../lib/events.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { Role } from '../domain/role.ts'
import type { Session } from '../domain/session.ts'
import type { Token } from '../domain/token.ts'
import type { Account, User } from '../domain/user.ts'
import type { AccountStore, RoleStore, SaveUserOptions, UserStore } from './account-store.ts'
import type { LockOutStore, OpenSession, SessionStore, TokenStore } from './session-store.ts'

/* What the contract suites of this service's ports begin with. */

export const NOW = Date.UTC(2026, 0, 1)

/** `events` answers the names of the events that were committed, oldest first. */
export type OpenStores = () => Promise<{
  accounts: AccountStore
  users: UserStore
  roles: RoleStore
  sessions: SessionStore
  tokens: TokenStore
  lockOuts: LockOutStore
  events: () => Promise<string[]>
}>

export const account = (id = 1): Account => ({ id, name: `account ${id}`, accessRevision: 1, createdAtMs: NOW })

export const role = (name: string, change: Partial<Role> = {}): Role => ({
  accountId: 1,
  id: uuidv7(NOW),
  name,
  description: '',
  rights: ['see'],
  builtIn: false,
  revision: 1,
  ...change,
})

export const user = (name: string, change: Partial<User> = {}): User => ({
  accountId: 1,
  id: uuidv7(NOW),
  name,
  displayName: name,
  email: null,
  roles: [],
  enabled: true,
  expiresAtMs: null,
  passwordHash: 'hash',
  totp: { state: 'off' },
  revision: 1,
  createdAtMs: NOW,
  updatedAtMs: NOW,
  ...change,
})

export const session = (of: User, secretHash: string, change: Partial<Session> = {}): Session => ({
  accountId: of.accountId,
  id: uuidv7(NOW),
  userId: of.id,
  userName: of.name,
  secretHash: secretHash.padEnd(64, '0'),
  address: '192.0.2.1',
  userAgent: 'a browser',
  createdAtMs: NOW,
  lastSeenAtMs: NOW,
  ...change,
})

export const token = (of: User, name: string, change: Partial<Token> = {}): Token => ({
  accountId: of.accountId,
  id: uuidv7(NOW),
  userId: of.id,
  userName: of.name,
  name,
  rights: ['see'],
  secretHash: 'a'.repeat(64),
  createdAtMs: NOW,
  expiresAtMs: null,
  lastUsedAtMs: null,
  ...change,
})

export const event = (name: string): EventEnvelope =>
  newEvent(name, NOW, {
    accountId: 1,
    actor: { kind: 'user', id: 'u', name: 'ada' },
    subject: { kind: 'user', id: 'u', number: null, name: 'ada' },
  })

export const saving = (expectedRevision: number, change: Partial<SaveUserOptions> = {}): SaveUserOptions => ({
  expectedRevision,
  expectedAccessRevision: null,
  events: [],
  endSessions: null,
  recoveryCodes: null,
  ...change,
})

export const opening = (change: Partial<OpenSession> = {}): OpenSession => ({
  expectedUserRevision: 1,
  secondFactor: { kind: 'none' },
  forgiven: [],
  atMost: 50,
  ended: () => event('session.removed'),
  events: [],
  ...change,
})

/** An account with a role and with Ada, who has it. */
export async function withAda(open: OpenStores) {
  const stores = await open()
  const administrator = role('administrator', { rights: ['see', 'administer'] })
  const ada = user('Ada', { roles: [administrator] })
  await stores.accounts.create(account(), [administrator], ada, [event('user.created')])
  return { ...stores, administrator, ada }
}
