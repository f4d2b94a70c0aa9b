import type { PoolConnection, ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { CapstanError } from '../../lib/errors.ts'
import { crashAt } from '../../lib/crash-points.ts'
import type { ReadOptions, SqlDatabase, Statement, StatementResult, Unit } from '../sql/database.ts'
import { isCollision, isLost, translate } from './errors.ts'
import { MariadbPool, type MariadbServerOptions, type PoolOptions } from './pool.ts'

export type MariadbOptions = MariadbServerOptions &
  PoolOptions &
  Readonly<{ /** Answers reads that may be a little stale; while it is away, the server itself does. */ replica?: MariadbServerOptions }>

const COLLISIONS_MAX = 8
const LOSSES_MAX = 2
const RETRY_DELAY_MS = 10
const REPLICA_ACQUIRE_MS = 1_000
const REPLICA_REST_MS = 5_000

/**
 * MariaDB through a bounded pool. A unit that meets a deadlock, a lock wait or a failed certification (Galera) is started anew as a whole, and so is one
 * whose connection was lost before its COMMIT was sent. After that nobody knows: such a unit fails as `unavailable`.
 */
export class MariadbDatabase implements SqlDatabase {
  readonly dialect = 'mariadb'
  readonly #primary: MariadbPool
  readonly #replica: MariadbPool | null
  readonly #listeners: (() => void)[] = []
  #replicaRestsUntilMs = 0
  #marked = false

  constructor({ replica, ...options }: MariadbOptions) {
    this.#primary = new MariadbPool(options, options)
    this.#replica = replica ? new MariadbPool(replica, { ...options, acquireMs: REPLICA_ACQUIRE_MS }) : null
  }

  async write<T>(unit: () => Unit<T>): Promise<T> {
    let [collisions, losses] = [0, 0]
    for (;;) {
      const progress = { committing: false }
      try {
        return await this.#transaction(unit, progress)
      } catch (error) {
        const mayRepeat = isCollision(error)
          ? ++collisions < COLLISIONS_MAX
          : isLost(error) && !progress.committing && ++losses < LOSSES_MAX
        if (!mayRepeat) throw isCollision(error) ? alwaysLate(error) : translate(error)
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS * (collisions + 1) * (0.5 + Math.random())))
      }
    }
  }

  /** Each statement sees the latest commit, unless a stale answer will do. */
  async read<T>(unit: () => Unit<T>, { mayBeStale = false }: ReadOptions = {}): Promise<T> {
    const on = (pool: MariadbPool) => pool.use((connection) => this.#run(connection, unit()).then(({ value }) => value))
    if (mayBeStale && this.#replica && performance.now() >= this.#replicaRestsUntilMs) {
      try {
        return await on(this.#replica)
      } catch {
        this.#replicaRestsUntilMs = performance.now() + REPLICA_REST_MS
      }
    }
    return on(this.#primary)
      .catch((error: unknown) => {
        if (!isLost(error)) throw error
        return on(this.#primary)
      })
      .catch(failed)
  }

  onEvents(listener: () => void): void {
    this.#listeners.push(listener)
  }

  markEvents(): void {
    this.#marked = true
  }

  async close(): Promise<void> {
    await Promise.all([this.#primary.close(), this.#replica?.close()])
  }

  /** For migrations: a connection of one's own, for as long as `use` runs. */
  async withConnection<T>(
    use: (execute: (sql: string, parameters?: readonly unknown[]) => Promise<StatementResult>) => Promise<T>,
  ): Promise<T> {
    return this.#primary.use((connection) => use((sql, parameters = []) => execute(connection, { sql, parameters }))).catch(failed)
  }

  async #transaction<T>(unit: () => Unit<T>, progress: { committing: boolean }): Promise<T> {
    const { value, marked } = await this.#primary.use(async (connection) => {
      try {
        await connection.query('start transaction')
        const result = await this.#run(connection, unit())
        crashAt('before-commit')
        progress.committing = true
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
        if (isCollision(error) || isLost(error)) throw error
        return { failure: translate(error) }
      })
      step = go(() => ('failure' in result ? unit.throw(result.failure) : unit.next(result)))
    }
    return { value: step.value, marked }
  }
}

const failed = (error: unknown): never => {
  throw translate(error)
}

const alwaysLate = (cause: unknown): CapstanError =>
  new CapstanError('unavailable', 'the database was too busy: other writers were always faster', { cause })

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
