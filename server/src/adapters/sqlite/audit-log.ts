import { all, run, statement, type SqlDatabase } from '../sql/database.ts'
import type { AuditEntry, AuditFilter, AuditLog } from '../../services/audit/ports/audit-log.ts'

const COLUMNS = { actor: 'actor_id', subject: 'subject_id', action: 'action' } as const

export class SqliteAuditLog implements AuditLog {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return
    const sql =
      'insert into audit_entry (id, account_id, at_ms, actor_id, subject_id, action, entry) values (?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing'
    await this.#database.write(function* () {
      for (const entry of entries) {
        yield* run(
          statement(sql, [entry.id, entry.accountId, entry.atMs, entry.actor.id, entry.subject.id, entry.action, JSON.stringify(entry)]),
        )
      }
    })
  }

  async list(
    accountId: number,
    filter: AuditFilter,
    page: { cursor: number | null; limit: number },
  ): Promise<(AuditEntry & { sequence: number })[]> {
    const where = ['account_id = ?']
    const parameters: unknown[] = [accountId]
    for (const [key, value] of Object.entries(filter)) {
      where.push(`${COLUMNS[key as keyof AuditFilter]} = ?`)
      parameters.push(value)
    }
    if (page.cursor !== null) {
      where.push('sequence < ?')
      parameters.push(page.cursor)
    }
    const sql = `select sequence, entry from audit_entry where ${where.join(' and ')} order by sequence desc limit ?`
    const rows = await this.#database.read(() => all<{ sequence: number; entry: string }>(statement(sql, [...parameters, page.limit])))
    return rows.map(({ sequence, entry }) => ({ ...(JSON.parse(entry) as AuditEntry), sequence }))
  }

  prune(beforeMs: number, limit: number): Promise<number> {
    const sql = 'delete from audit_entry where sequence in (select sequence from audit_entry where at_ms < ? order by sequence limit ?)'
    return this.#database.write(() => run(statement(sql, [beforeMs, limit])))
  }
}
