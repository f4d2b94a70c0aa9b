import type { NumberBlocks } from '../../ports/number-blocks.ts'
import { first, run, statement, type SqlDatabase } from './database.ts'

export class SqlNumberBlocks implements NumberBlocks {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  claim(noun: string, size: number): Promise<number> {
    const upsert =
      this.#database.dialect === 'sqlite'
        ? 'insert into platform_number (noun, next) values (?, 1 + ?) on conflict (noun) do update set next = next + ?'
        : 'insert into platform_number (noun, next) values (?, 1 + ?) on duplicate key update next = next + ?'
    return this.#database.write(function* () {
      yield* run(statement(upsert, [noun, size, size]))
      const row = yield* first<{ next: number }>(statement('select next from platform_number where noun = ?', [noun]))
      return Number(row?.next) - size
    })
  }
}
