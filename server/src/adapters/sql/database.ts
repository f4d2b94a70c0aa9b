/*
 * One relational adapter serves SQLite and MariaDB: a unit is a generator that yields statements and receives their results. The SQLite driver
 * runs it without ever awaiting, so that many units share one commit; the MariaDB driver awaits each statement on one connection.
 */

export type Statement = { readonly sql: string; readonly parameters: readonly unknown[] }
export type Row = Record<string, unknown>
export type StatementResult = { rows: Row[]; changes: number }

/** A whole transaction. It is started anew when the database asks for a retry, so it must have no effect but its statements. */
export type Unit<T> = Generator<Statement, T, StatementResult>

export type Dialect = 'sqlite' | 'mariadb'

/** `mayBeStale` where a person looks through a list: a replica, which is behind by moments, may answer. Never where a change follows from what was read. */
export type ReadOptions = Readonly<{ mayBeStale?: boolean }>

export interface SqlDatabase {
  readonly dialect: Dialect
  /** Runs `unit` in one durable transaction; resolves after the commit reached the disk. Unique keys violated become `conflict`. */
  write<T>(unit: () => Unit<T>): Promise<T>
  /** Runs statements that only read. */
  read<T>(unit: () => Unit<T>, options?: ReadOptions): Promise<T>
  /** Calls `listener` after each commit that appended events to an outbox. */
  onEvents(listener: () => void): void
  /** Called by the outbox inside a unit. */
  markEvents(): void
  close(): Promise<void>
}

/** `?` marks parameters in both dialects. */
export const statement = (sql: string, parameters: readonly unknown[] = []): Statement => ({ sql, parameters })

export function* all<R>(query: Statement): Unit<R[]> {
  const { rows } = yield query
  return rows as R[]
}

export function* first<R>(query: Statement): Unit<R | null> {
  const { rows } = yield query
  return (rows[0] as R | undefined) ?? null
}

/** Answers the number of rows changed. */
export function* run(query: Statement): Unit<number> {
  const { changes } = yield query
  return changes
}

/** Inserts one row; its keys are our own column names, never a caller's. */
export function insert(table: string, row: Readonly<Row>): Statement {
  const columns = Object.keys(row)
  return statement(`insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`, Object.values(row))
}

/** Sets all columns of `row` where all columns of `where` are equal. */
export function update(table: string, row: Readonly<Row>, where: Readonly<Row>): Statement {
  const set = Object.keys(row).map((column) => `${column} = ?`)
  const conditions = Object.keys(where).map((column) => `${column} = ?`)
  return statement(`update ${table} set ${set.join(', ')} where ${conditions.join(' and ')}`, [
    ...Object.values(row),
    ...Object.values(where),
  ])
}
