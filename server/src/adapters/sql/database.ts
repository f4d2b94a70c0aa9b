import type { Compilable, Kysely } from 'kysely'

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

export interface SqlDatabase {
  readonly dialect: Dialect
  /** Runs `unit` in one durable transaction; resolves after the commit reached the disk. Unique keys violated become `conflict`. */
  write<T>(unit: () => Unit<T>): Promise<T>
  /** Runs statements that only read. */
  read<T>(unit: () => Unit<T>): Promise<T>
  /** A query builder that compiles for this dialect and never runs by itself. */
  queries<Tables>(): Kysely<Tables>
  /** Calls `listener` after each commit that appended events to an outbox. */
  onEvents(listener: () => void): void
  /** Called by the outbox inside a unit. */
  markEvents(): void
  close(): Promise<void>
}

const compiled = <R>(query: Compilable<R> | Statement): Statement => ('compile' in query ? query.compile() : query)

/** Plain SQL for hot statements; `?` marks parameters in both dialects. */
export const statement = (sql: string, parameters: readonly unknown[] = []): Statement => ({ sql, parameters })

export function* all<R>(query: Compilable<R> | Statement): Unit<R[]> {
  const { rows } = yield compiled(query)
  return rows as R[]
}

export function* first<R>(query: Compilable<R> | Statement): Unit<R | null> {
  const { rows } = yield compiled(query)
  return (rows[0] as R | undefined) ?? null
}

/** Answers the number of rows changed. */
export function* run(query: Compilable<unknown> | Statement): Unit<number> {
  const { changes } = yield compiled(query)
  return changes
}
