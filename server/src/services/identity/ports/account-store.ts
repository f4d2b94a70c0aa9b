import type { EventEnvelope } from '@capstan/contract/events'
import type { Right } from '@capstan/contract/rights'
import type { Role } from '../domain/role.ts'
import type { Session } from '../domain/session.ts'
import type { Account, User } from '../domain/user.ts'

export type ListPage = Readonly<{ limit: number; cursor: string | null }>
export type Listed<T> = { items: T[]; nextCursor: string | null }
export type Events = readonly EventEnvelope[]

/** Accounts. Like every store here it commits a change together with its events. */
export interface AccountStore {
  find(accountId: number): Promise<Account | null>
  /** Adds an account with its roles and its first user; `conflict` when it exists. */
  create(account: Account, roles: readonly Role[], administrator: User, events: Events): Promise<void>
}

export type SaveOptions = Readonly<{
  /** `stale` unless the stored revision is this one. */
  expectedRevision: number
  /**
   * For a change that takes the right to administer from somebody: `conflict` unless the account's access revision is still
   * this one, and it grows. So two such changes at once cannot both believe that the other one's administrator stays.
   */
  expectedAccessRevision: number | null
  events: Events
}>

export type SaveUserOptions = SaveOptions &
  Readonly<{
    /** Ends the user's sessions in the same unit, each with an event of its own. */
    endSessions: Readonly<{ exceptId: string | null; event: (session: Session) => EventEnvelope }> | null
    /** Hashes that replace the user's recovery codes; null leaves them. */
    recoveryCodes: readonly string[] | null
  }>

export type TotpSecretsPage = Readonly<{ unlessPrefix: string | null; after: string | null; limit: number }>
export type TotpSecret = Readonly<{ accountId: number; id: string; secret: string }>

export interface UserStore {
  /** `conflict` when the name is taken, `invalid` when a role is gone. */
  add(user: User, events: Events): Promise<void>
  find(accountId: number, id: string): Promise<User | null>
  findByName(accountId: number, name: string): Promise<User | null>
  /** By name; `q` is a part of the name or of the displayed name. Throws `invalid` for a cursor of another list. */
  list(accountId: number, page: ListPage & { q: string | null }): Promise<Listed<User>>
  /** Every enabled user with a role that allows `right`. */
  withRight(accountId: number, right: Right): Promise<User[]>
  /** `stale`, `conflict` or `invalid` as above; answers the sessions that it ended. */
  save(user: User, options: SaveUserOptions): Promise<Session[]>
  /** What is kept of second factors, of all accounts in the order of ids, but for those that begin with the prefix. */
  listTotpSecrets(page: TotpSecretsPage): Promise<TotpSecret[]>
  /** Puts another form of the same secret in its place; false when it is no longer `from`. Nothing else of the user changes. */
  replaceTotpSecret(user: Pick<User, 'accountId' | 'id'>, from: string, to: string): Promise<boolean>
}

export interface RoleStore {
  /** `conflict` when the name is taken. */
  add(role: Role, events: Events): Promise<void>
  /** In no particular order; unknown ones are left out. */
  findMany(accountId: number, ids: readonly string[]): Promise<Role[]>
  /** By name. Throws `invalid` for a cursor of another list. */
  list(accountId: number, page: ListPage): Promise<Listed<Role>>
  save(role: Role, options: SaveOptions): Promise<void>
  /** `conflict` while somebody has it, `not_found` when there is none. */
  remove(accountId: number, id: string, events: Events): Promise<void>
}
