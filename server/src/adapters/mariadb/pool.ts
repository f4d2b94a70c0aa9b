import { createPool, type Pool, type PoolConnection, type SslOptions } from 'mysql2/promise'
import { CapstanError } from '../../lib/errors.ts'

export type MariadbServerOptions = Readonly<{
  /** mysql://user@host:port/database */
  url: string
  /** Instead of one in the URL. */
  password?: string
  /** Encrypts and checks the server's certificate, against this authority (PEM) or, without one, those that Node knows. */
  tls?: Readonly<{ ca?: string }>
}>

export type PoolOptions = Readonly<{
  connectionsMax?: number
  /** Callers that may wait for a connection; more are refused as `unavailable`. */
  waitingMax?: number
  /** How long one waits before it is refused. */
  acquireMs?: number
}>

const CONNECT_TIMEOUT_MS = 5_000
const PREPARED_MAX = 500

/*
 * READ COMMITTED: no gap locks, so that workers that skip each other's locked jobs do not wait for each other's inserts. Waits have limits: ten seconds
 * for a lock, a minute for a statement.
 */
const ISOLATION = 'set session transaction isolation level read committed'
const SESSION = `set names utf8mb4 collate utf8mb4_nopad_bin, session innodb_lock_wait_timeout = 10,
  session max_statement_time = 60, session sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`

/** What the driver wants to know of a server; for a single connection too. */
export const connectionOptions = ({ url, password, tls }: MariadbServerOptions) => ({
  uri: url,
  ...(password === undefined ? {} : { password }),
  ...(tls ? { ssl: { ...tls, rejectUnauthorized: true, verifyIdentity: true } satisfies SslOptions } : {}),
  connectTimeout: CONNECT_TIMEOUT_MS,
})

/** A bounded number of connections to one server; who finds none waits for a bounded time. */
export class MariadbPool {
  readonly #pool: Pool
  readonly #acquireMs: number

  constructor(server: MariadbServerOptions, { connectionsMax = 10, waitingMax = 1_000, acquireMs = 5_000 }: PoolOptions) {
    this.#acquireMs = acquireMs
    this.#pool = createPool({
      ...connectionOptions(server),
      connectionLimit: connectionsMax,
      queueLimit: waitingMax,
      maxPreparedStatements: PREPARED_MAX,
    })
    // Queries of one connection run in order: the session is set before anybody's first statement.
    this.#pool.on('connection', (connection) => [ISOLATION, SESSION].forEach((sql) => void connection.query(sql)))
  }

  async use<T>(use: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const connection = await this.#acquire()
    try {
      return await use(connection)
    } finally {
      connection.release()
    }
  }

  close(): Promise<void> {
    return this.#pool.end()
  }

  #acquire(): Promise<PoolConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<PoolConnection>()
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      reject(new CapstanError('unavailable', 'the database is too busy: no connection became free in time'))
    }, this.#acquireMs)
    this.#pool
      .getConnection()
      .then(
        (connection) => (isLate ? connection.release() : resolve(connection)),
        (error: unknown) => reject(busy(error)),
      )
      .finally(() => clearTimeout(timer))
    return promise
  }
}

const busy = (error: unknown): unknown =>
  /queue limit|pool is closed/i.test((error as Error).message)
    ? new CapstanError('unavailable', 'the database is too busy: too many wait for a connection', { cause: error })
    : error
