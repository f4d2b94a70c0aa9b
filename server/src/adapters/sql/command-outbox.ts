import type { CommandOutbox, PendingCommand } from '../../services/workflows/ports/command-outbox.ts'
import { all, statement, type SqlDatabase } from './database.ts'

export class SqlCommandOutbox implements CommandOutbox {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  async pending(limit: number): Promise<PendingCommand[]> {
    type CommandRow = { number: number; account_id: number; command: string }
    const rows = await this.#database.read(() =>
      all<CommandRow>(statement('select number, account_id, command from workflows_command order by number limit ?', [limit])),
    )
    return rows.map((row) => ({
      number: row.number,
      accountId: row.account_id,
      command: JSON.parse(row.command) as PendingCommand['command'],
    }))
  }

  async remove(numbers: readonly number[]): Promise<void> {
    if (numbers.length === 0) return
    await this.#database.write(function* () {
      for (const number of numbers) yield statement('delete from workflows_command where number = ?', [number])
    })
  }
}
