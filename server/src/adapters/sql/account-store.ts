import type { Right } from '@capstan/contract/rights'
import { CapstanError, notFound } from '../../lib/errors.ts'
import type { Role } from '../../services/identity/domain/role.ts'
import type { Session } from '../../services/identity/domain/session.ts'
import { folded, nameKeyOf, type Account, type User } from '../../services/identity/domain/user.ts'
import type {
  AccountStore,
  Events,
  Listed,
  ListPage,
  RoleStore,
  SaveOptions,
  SaveUserOptions,
  TotpSecret,
  TotpSecretsPage,
  UserStore,
} from '../../services/identity/ports/account-store.ts'
import {
  forUpdate,
  raiseAccessRevision,
  requireRevision,
  roleOf,
  sessionOf,
  userOf,
  type RoleRow,
  type SessionRow,
  type UserRow,
} from './account-rows.ts'
import { all, first, run, statement, update, type SqlDatabase, type Unit } from './database.ts'
import { marks, ofAccount, pageByKey } from './listing.ts'
import { appendEvents } from './outbox.ts'

export class SqlAccountStore implements AccountStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  find(accountId: number): Promise<Account | null> {
    return this.#database.read(function* () {
      const row = yield* first<{ id: number; name: string; access_revision: number; created_at_ms: number }>(
        statement('select * from identity_account where id = ?', [accountId]),
      )
      return (
        row && { id: Number(row.id), name: row.name, accessRevision: Number(row.access_revision), createdAtMs: Number(row.created_at_ms) }
      )
    })
  }

  create(account: Account, roles: readonly Role[], administrator: User, events: Events): Promise<void> {
    const database = this.#database
    return database.write(function* () {
      yield* run(
        statement('insert into identity_account (id, name, access_revision, created_at_ms) values (?, ?, ?, ?)', [
          account.id,
          account.name,
          account.accessRevision,
          account.createdAtMs,
        ]),
      )
      for (const role of roles) yield* insertRole(role)
      yield* insertUser(administrator)
      yield* appendEvents(database, 'identity', events)
    })
  }
}

export class SqlUserStore implements UserStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  add(user: User, events: Events): Promise<void> {
    const database = this.#database
    return database.write(function* () {
      yield* insertUser(user)
      yield* appendEvents(database, 'identity', events)
    })
  }

  find(accountId: number, id: string): Promise<User | null> {
    return this.#database.read(function* () {
      return yield* oneUser(
        yield* first<UserRow>(statement('select * from identity_user where account_id = ? and id = ?', [accountId, id])),
      )
    })
  }

  findByName(accountId: number, name: string): Promise<User | null> {
    return this.#database.read(function* () {
      const query = statement('select * from identity_user where account_id = ? and name_key = ?', [accountId, nameKeyOf(name)])
      return yield* oneUser(yield* first<UserRow>(query))
    })
  }

  list(accountId: number, page: ListPage & { q: string | null }): Promise<Listed<User>> {
    return this.#database.read(() => listUsers(accountId, page))
  }

  withRight(accountId: number, right: Right): Promise<User[]> {
    return this.#database.read(function* () {
      const rows = yield* all<UserRow>(
        statement(
          `select * from identity_user u where account_id = ? and enabled = 1 and exists (
             select 1 from identity_user_role ur join identity_role r on r.account_id = ur.account_id and r.id = ur.role_id
             where ur.account_id = u.account_id and ur.user_id = u.id and instr(r.rights, ?) > 0)`,
          [accountId, JSON.stringify(right)],
        ),
      )
      return yield* withRoles(accountId, rows)
    })
  }

  save(user: User, options: SaveUserOptions): Promise<Session[]> {
    const database = this.#database
    return database.write(() => saveUser(database, user, options))
  }

  async listTotpSecrets({ unlessPrefix, after, limit }: TotpSecretsPage): Promise<TotpSecret[]> {
    const rows = await this.#database.read(() =>
      all<{ account_id: number; id: string; totp_secret: string }>(
        statement(
          'select account_id, id, totp_secret from identity_user where totp_secret is not null and id > ? and (? = 0 or substr(totp_secret, 1, ?) <> ?) order by id limit ?',
          [after ?? '', unlessPrefix === null ? 0 : 1, unlessPrefix?.length ?? 0, unlessPrefix ?? '', limit],
        ),
      ),
    )
    return rows.map((row) => ({ accountId: Number(row.account_id), id: row.id, secret: row.totp_secret }))
  }

  async replaceTotpSecret({ accountId, id }: Pick<User, 'accountId' | 'id'>, from: string, to: string): Promise<boolean> {
    const where = { account_id: accountId, id, totp_secret: from }
    return (await this.#database.write(() => run(update('identity_user', { totp_secret: to }, where)))) > 0
  }
}

export class SqlRoleStore implements RoleStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  add(role: Role, events: Events): Promise<void> {
    const database = this.#database
    return database.write(function* () {
      yield* insertRole(role)
      yield* appendEvents(database, 'identity', events)
    })
  }

  findMany(accountId: number, ids: readonly string[]): Promise<Role[]> {
    return this.#database.read(function* () {
      if (ids.length === 0) return []
      const query = statement(`select * from identity_role where account_id = ? and id in (${marks(ids)})`, [accountId, ...ids])
      return (yield* all<RoleRow>(query)).map(roleOf)
    })
  }

  list(accountId: number, page: ListPage): Promise<Listed<Role>> {
    return this.#database.read(() =>
      pageByKey<RoleRow, Role>('roles', 'select * from identity_role', page, {
        ...byName,
        conditions: [ofAccount(accountId)],
        item: roleOf,
      }),
    )
  }

  save(role: Role, options: SaveOptions): Promise<void> {
    const database = this.#database
    return database.write(function* () {
      const { accountId, id } = role
      const query = statement(`select revision from identity_role where account_id = ? and id = ?${forUpdate(database)}`, [accountId, id])
      yield* requireRevision(query, 'role', id, options.expectedRevision)
      yield* raiseAccessRevision(accountId, options.expectedAccessRevision)
      yield* run(
        statement(
          'update identity_role set name = ?, name_key = ?, description = ?, rights = ?, revision = ? where account_id = ? and id = ?',
          [role.name, nameKeyOf(role.name), role.description, JSON.stringify(role.rights), role.revision, accountId, id],
        ),
      )
      yield* appendEvents(database, 'identity', options.events)
    })
  }

  remove(accountId: number, id: string, events: Events): Promise<void> {
    const database = this.#database
    return database.write(function* () {
      const key = [accountId, id]
      if (!(yield* first(statement(`select id from identity_role where account_id = ? and id = ?${forUpdate(database)}`, key))))
        throw notFound('role', id)
      const holder = yield* first(statement('select user_id from identity_user_role where account_id = ? and role_id = ? limit 1', key))
      if (holder)
        throw new CapstanError('conflict', 'somebody has this role: take it from everybody first', { details: { id, reason: 'in_use' } })
      yield* run(statement('delete from identity_role where account_id = ? and id = ?', key))
      yield* appendEvents(database, 'identity', events)
    })
  }
}

function* insertRole(role: Role): Unit<void> {
  yield* run(
    statement(
      'insert into identity_role (account_id, id, name, name_key, description, rights, built_in, revision) values (?, ?, ?, ?, ?, ?, ?, ?)',
      [
        role.accountId,
        role.id,
        role.name,
        nameKeyOf(role.name),
        role.description,
        JSON.stringify(role.rights),
        role.builtIn ? 1 : 0,
        role.revision,
      ],
    ),
  )
}

function* insertUser(user: User): Unit<void> {
  yield* run(
    statement(
      `insert into identity_user (account_id, id, name, name_key, created_at_ms, ${MUTABLE_COLUMNS.join(', ')}) values (?, ?, ?, ?, ?, ${marks(MUTABLE_COLUMNS)})`,
      [user.accountId, user.id, user.name, nameKeyOf(user.name), user.createdAtMs, ...mutableValues(user)],
    ),
  )
  yield* insertUserRoles(user)
}

const MUTABLE_COLUMNS = [
  'display_name',
  'email',
  'password_hash',
  'enabled',
  'expires_at_ms',
  'totp_secret',
  'totp_enabled',
  'totp_last_step',
  'revision',
  'updated_at_ms',
] as const

const mutableValues = (user: User): unknown[] => [
  user.displayName,
  user.email,
  user.passwordHash,
  user.enabled ? 1 : 0,
  user.expiresAtMs,
  user.totp.state === 'off' ? null : user.totp.secret,
  user.totp.state === 'on' ? 1 : 0,
  user.totp.state === 'on' ? user.totp.lastStep : null,
  user.revision,
  user.updatedAtMs,
]

function* insertUserRoles({ accountId, id, roles }: User): Unit<void> {
  for (const role of roles) {
    // From the role's own row, so that a role removed at the same moment is noticed.
    const added = yield* run(
      statement(
        'insert into identity_user_role (account_id, user_id, role_id) select account_id, ?, id from identity_role where account_id = ? and id = ?',
        [id, accountId, role.id],
      ),
    )
    if (added === 0) throw new CapstanError('invalid', `there is no role ${role.id}`, { details: { field: 'roleIds', id: role.id } })
  }
}

function* saveUser(database: SqlDatabase, user: User, options: SaveUserOptions): Unit<Session[]> {
  const { accountId, id } = user
  const query = statement(`select revision from identity_user where account_id = ? and id = ?${forUpdate(database)}`, [accountId, id])
  yield* requireRevision(query, 'user', id, options.expectedRevision)
  yield* raiseAccessRevision(accountId, options.expectedAccessRevision)
  const assignments = MUTABLE_COLUMNS.map((column) => `${column} = ?`).join(', ')
  yield* run(statement(`update identity_user set ${assignments} where account_id = ? and id = ?`, [...mutableValues(user), accountId, id]))
  yield* run(statement('delete from identity_user_role where account_id = ? and user_id = ?', [accountId, id]))
  yield* insertUserRoles(user)
  if (options.recoveryCodes) yield* replaceRecoveryCodes(user, options.recoveryCodes)
  yield* appendEvents(database, 'identity', options.events)
  return yield* endSessions(database, user, options.endSessions)
}

function* replaceRecoveryCodes({ accountId, id }: User, hashes: readonly string[]): Unit<void> {
  yield* run(statement('delete from identity_recovery_code where account_id = ? and user_id = ?', [accountId, id]))
  for (const hash of hashes)
    yield* run(statement('insert into identity_recovery_code (account_id, user_id, hash) values (?, ?, ?)', [accountId, id, hash]))
}

function* endSessions(database: SqlDatabase, user: User, ending: SaveUserOptions['endSessions']): Unit<Session[]> {
  if (!ending) return []
  const which = 'account_id = ? and user_id = ? and id <> ?'
  const key = [user.accountId, user.id, ending.exceptId ?? '']
  const rows = yield* all<Omit<SessionRow, 'user_name'>>(
    statement(`select * from identity_session where ${which}${forUpdate(database)}`, key),
  )
  const ended = rows.map((row) => sessionOf({ ...row, user_name: user.name }))
  yield* run(statement(`delete from identity_session where ${which}`, key))
  yield* appendEvents(database, 'identity', ended.map(ending.event))
  return ended
}

const byName = { column: 'name_key', keyOf: (row: { name_key: string }) => row.name_key } as const

function* listUsers(accountId: number, { q, ...page }: ListPage & { q: string | null }): Unit<Listed<User>> {
  const parts = q === null ? [] : [folded(q), folded(q)]
  const named = parts.length === 0 ? [] : [{ sql: '(instr(name_key, ?) > 0 or instr(lower(display_name), ?) > 0)', parameters: parts }]
  const found = yield* pageByKey<UserRow, UserRow>('users', 'select * from identity_user', page, {
    ...byName,
    conditions: [ofAccount(accountId), ...named],
    item: (row) => row,
  })
  return { items: yield* withRoles(accountId, found.items), nextCursor: found.nextCursor }
}

function* oneUser(row: UserRow | null): Unit<User | null> {
  if (!row) return null
  return (yield* withRoles(row.account_id, [row]))[0] ?? null
}

function* withRoles(accountId: number, rows: readonly UserRow[]): Unit<User[]> {
  if (rows.length === 0) return []
  const found = yield* all<RoleRow & { user_id: string }>(
    statement(
      `select r.*, ur.user_id from identity_user_role ur join identity_role r on r.account_id = ur.account_id and r.id = ur.role_id
       where ur.account_id = ? and ur.user_id in (${marks(rows)}) order by r.name_key`,
      [accountId, ...rows.map((row) => row.id)],
    ),
  )
  const rolesByUser = Map.groupBy(found, (row) => row.user_id)
  return rows.map((row) => userOf(row, (rolesByUser.get(row.id) ?? []).map(roleOf)))
}
