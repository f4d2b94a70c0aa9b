import { createPool, type Pool, type PoolConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise'
import { CapstanError } from '../../lib/errors.ts'
import { crashAt } from '../../lib/crash-points.ts'
import type { SqlDatabase, Statement, StatementResult, Unit } from '../sql/database.ts'

export type MariadbOptions = Readonly<{
  /** mysql://user:password@host:port/database */
  url: string
  connectionsMax?: number
  /** Callers that may wait for a connection; more are refused as `unavailable`. */
  waitingMax?: number
}>

const CONNECT_TIMEOUT_MS = 10_000
const TRIES_MAX = 8
const RETRY_DELAY_MS = 10
const PREPARED_MAX = 500

/*
 * READ COMMITTED: no gap locks, so that workers that skip each other's locked jobs do not wait for each other's inserts. Waits have limits: ten seconds
 * for a lock, a minute for a statement.
 */
const ISOLATION = 'set session transaction isolation level read committed'
const SESSION = `set names utf8mb4 collate utf8mb4_nopad_bin, session innodb_lock_wait_timeout = 10,
  session max_statement_time = 60, session sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`

/** MariaDB through a bounded pool. A unit that meets a deadlock, a lock wait or a failed certification (Galera) is started anew as a whole. */
export class MariadbDatabase implements SqlDatabase {
  readonly dialect = 'mariadb'
  readonly #pool: Pool
  readonly #listeners: (() => void)[] = []
  #marked = false

  constructor({ url, connectionsMax = 10, waitingMax = 1_000 }: MariadbOptions) {
    this.#pool = createPool({
      uri: url,
      connectionLimit: connectionsMax,
      queueLimit: waitingMax,
      connectTimeout: CONNECT_TIMEOUT_MS,
      maxPreparedStatements: PREPARED_MAX,
    })
    // Queries of one connection run in order: the session is set before anybody's first statement.
    this.#pool.on('connection', (connection) => [ISOLATION, SESSION].forEach((sql) => void connection.query(sql)))
  }

  async write<T>(unit: () => Unit<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#transaction(unit)
      } catch (error) {
        if (!isCollision(error)) throw translate(error)
        if (tries === TRIES_MAX)
          throw new CapstanError('unavailable', 'the database was too busy: other writers were always faster', { cause: error })
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS * tries * (0.5 + Math.random())))
      }
    }
  }

  /** Each statement sees the latest commit. */
  async read<T>(unit: () => Unit<T>): Promise<T> {
    return this.#onConnection((connection) => this.#run(connection, unit()).then(({ value }) => value)).catch((error: unknown) => {
      throw translate(error)
    })
  }

  onEvents(listener: () => void): void {
    this.#listeners.push(listener)
  }

  markEvents(): void {
    this.#marked = true
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  /** For migrations: a connection of one's own, for as long as `use` runs. */
  async withConnection<T>(
    use: (execute: (sql: string, parameters?: readonly unknown[]) => Promise<StatementResult>) => Promise<T>,
  ): Promise<T> {
    return this.#onConnection((connection) => use((sql, parameters = []) => execute(connection, { sql, parameters }))).catch(
      (error: unknown) => {
        throw translate(error)
      },
    )
  }

  async #transaction<T>(unit: () => Unit<T>): Promise<T> {
    const { value, marked } = await this.#onConnection(async (connection) => {
      await connection.query('start transaction')
      try {
        const result = await this.#run(connection, unit())
        crashAt('before-commit')
        await connection.query('commit')
        crashAt('after-commit')
        return result
      } catch (error) {
        await connection.query('rollback').catch(() => connection.destroy())
        throw error
      }
    })
    if (marked) for (const listener of this.#listeners) listener()
    return value
  }

  async #onConnection<T>(use: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const connection = await this.#pool.getConnection()
    try {
      return await use(connection)
    } finally {
      connection.release()
    }
  }

  /** Between two awaits only this unit runs, so a mark made there is its own. */
  async #run<T>(connection: PoolConnection, unit: Unit<T>): Promise<{ value: T; marked: boolean }> {
    let marked = false
    const go = <R>(step: () => R): R => {
      this.#marked = false
      const result = step()
      marked ||= this.#marked
      return result
    }
    let step = go(() => unit.next({ rows: [], changes: 0 }))
    while (!step.done) {
      const result = await execute(connection, step.value).catch((error: unknown) => {
        if (isCollision(error)) throw error
        return { failure: translate(error) }
      })
      step = go(() => ('failure' in result ? unit.throw(result.failure) : unit.next(result)))
    }
    return { value: step.value, marked }
  }
}

async function execute(connection: PoolConnection, { sql, parameters }: Statement): Promise<StatementResult> {
  const [result] = await connection.execute<RowDataPacket[] | ResultSetHeader>(sql, parameters.map(toSqlValue))
  if (Array.isArray(result)) return { rows: result, changes: 0 }
  return { rows: [], changes: result.affectedRows }
}

type SqlValue = string | number | bigint | Buffer | null

function toSqlValue(value: unknown): SqlValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === undefined || value === null) return null
  if (value instanceof Uint8Array) return Buffer.from(value)
  return value as SqlValue
}

const DUPLICATE_KEY = 1062
const LOCK_WAIT = 1205
const DEADLOCK = 1213
const NO_SPACE: ReadonlySet<number> = new Set([1021, 1114, 3675])
const TOO_LARGE: ReadonlySet<number> = new Set([1153, 1406])
const AWAY: ReadonlySet<number> = new Set([1040, 1047, 1053, 1129, 1203, 1290, 1927, 1969])

const numberOf = (error: unknown): number => (error as { errno?: number } | null)?.errno ?? 0
const isCollision = (error: unknown): boolean => numberOf(error) === DEADLOCK || numberOf(error) === LOCK_WAIT

function translate(error: unknown): unknown {
  if (error instanceof CapstanError) return error
  const { code, fatal, message } = (error ?? {}) as { code?: string; fatal?: boolean; message?: string }
  const number = numberOf(error)
  if (number === DUPLICATE_KEY) return new CapstanError('conflict', 'it exists already', { cause: error })
  if (NO_SPACE.has(number)) return new CapstanError('no_space', 'the database could not be written: its disk is full', { cause: error })
  if (TOO_LARGE.has(number)) return new CapstanError('too_large', 'the database cannot hold a value of this size', { cause: error })
  const isAway =
    AWAY.has(number) ||
    fatal === true ||
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|PROTOCOL_)/.test(code ?? '') ||
    /queue limit|pool is closed/i.test(message ?? '')
  return isAway ? new CapstanError('unavailable', 'the database cannot be reached', { cause: error }) : error
}
