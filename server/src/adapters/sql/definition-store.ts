import type { EventEnvelope } from '@capstan/contract/events'
import { decodeCursor } from '../../lib/cursor.ts'
import type { DeployedDefinition } from '../../services/workflows/domain/deployed-definition.ts'
import type { DefinitionPage, DefinitionStore } from '../../services/workflows/ports/definition-store.ts'
import { all, first, run, statement, type SqlDatabase } from './database.ts'
import { pageOf } from './listing.ts'
import { appendEvents } from './outbox.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'

type DefinitionRow = {
  id: string
  account_id: number
  name: string
  version: number
  current: number
  content: string
  checksum: string
  created_at_ms: number
  created_by: string
}

const CURRENT = 'select * from workflows_definition where account_id = ? and name = ? and current = 1'

const toDefinition = (row: DefinitionRow): DeployedDefinition => ({
  id: row.id,
  accountId: row.account_id,
  version: row.version,
  definition: JSON.parse(row.content) as DeployedDefinition['definition'],
  checksum: row.checksum,
  createdAtMs: row.created_at_ms,
  createdBy: row.created_by,
})

export class SqlDefinitionStore implements DefinitionStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async deploy(
    definition: Omit<DeployedDefinition, 'version'>,
    deployed: (definition: DeployedDefinition) => EventEnvelope,
  ): Promise<DeployedDefinition> {
    const database = this.#database
    const { accountId } = definition
    const { name } = definition.definition
    return repeatOnConflict(() =>
      database.write(function* () {
        const row = yield* first<DefinitionRow>(statement(CURRENT, [accountId, name]))
        if (row?.checksum === definition.checksum) return toDefinition(row)
        const next = { ...definition, version: (row?.version ?? 0) + 1 }
        yield* run(statement('update workflows_definition set current = 0 where account_id = ? and name = ?', [accountId, name]))
        yield* run(
          statement(
            'insert into workflows_definition (id, account_id, name, version, current, content, checksum, created_at_ms, created_by) values (?, ?, ?, ?, 1, ?, ?, ?, ?)',
            [next.id, accountId, name, next.version, JSON.stringify(next.definition), next.checksum, next.createdAtMs, next.createdBy],
          ),
        )
        yield* appendEvents(database, 'workflows', [deployed(next)])
        return next
      }),
    )
  }

  async find(accountId: number, id: string): Promise<DeployedDefinition | null> {
    const row = await this.#database.read(() =>
      first<DefinitionRow>(statement('select * from workflows_definition where account_id = ? and id = ?', [accountId, id])),
    )
    return row && toDefinition(row)
  }

  async findByName(accountId: number, name: string, version: number | null): Promise<DeployedDefinition | null> {
    const byVersion = statement('select * from workflows_definition where account_id = ? and name = ? and version = ?', [
      accountId,
      name,
      version,
    ])
    const row = await this.#database.read(() => first<DefinitionRow>(version === null ? statement(CURRENT, [accountId, name]) : byVersion))
    return row && toDefinition(row)
  }

  async list(
    accountId: number,
    page: DefinitionPage,
  ): Promise<{ items: (DeployedDefinition & { current: boolean })[]; nextCursor: string | null }> {
    const rows = await this.#database.read(() =>
      all<DefinitionRow>(page.name === null ? currentOnes(accountId, page) : versionsOf(accountId, page.name, page)),
    )
    return pageOf(sortOf(page), rows, page.limit, {
      at: ({ name, version }) => ({ key: name, id: version }),
      item: (row) => ({ ...toDefinition(row), current: row.current === 1 }),
    })
  }

  async names(accountId: number): Promise<Set<string>> {
    const rows = await this.#database.read(() =>
      all<{ name: string }>(statement('select name from workflows_definition where account_id = ? and current = 1', [accountId])),
    )
    return new Set(rows.map(({ name }) => name))
  }
}

const sortOf = (page: DefinitionPage): string => (page.name === null ? 'name' : '-version')

function currentOnes(accountId: number, page: DefinitionPage) {
  const after = page.cursor === null ? '' : decodeCursor(page.cursor, sortOf(page)).key
  return statement('select * from workflows_definition where account_id = ? and current = 1 and name > ? order by name limit ?', [
    accountId,
    after,
    page.limit + 1,
  ])
}

function versionsOf(accountId: number, name: string, page: DefinitionPage) {
  const before = page.cursor === null ? Number.MAX_SAFE_INTEGER : decodeCursor(page.cursor, sortOf(page)).id
  return statement('select * from workflows_definition where account_id = ? and name = ? and version < ? order by version desc limit ?', [
    accountId,
    name,
    before,
    page.limit + 1,
  ])
}
