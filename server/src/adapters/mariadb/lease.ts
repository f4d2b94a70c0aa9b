import { CapstanError } from '../../lib/errors.ts'
import { first, run, statement, type Unit } from '../sql/database.ts'
import type { MariadbDatabase } from './database.ts'

export type LeaseOptions = Readonly<{ name: string; holder: string; leaseMs?: number; monotonic?: () => number }>

type LeaseRow = { holder: string | null; fence: number; until_ms: number; now_ms: number }

const RENEWALS_PER_LEASE = 3
/** The database's clock is the only one that counts: those of the processes may differ. */
const NOW_MS = 'cast(unix_timestamp(now(3)) * 1000 as unsigned)'

/**
 * What one process of all may do. Every new holder gets a higher fence; who writes under the lease does it in a unit that calls `requireFence`, so that a
 * holder which was asleep changes nothing after another took over.
 */
export class MariadbLease {
  readonly #database: MariadbDatabase
  readonly #name: string
  readonly #holder: string
  readonly #leaseMs: number
  readonly #monotonic: () => number
  #fence: number | null = null
  #renewedAtMs = 0

  constructor(database: MariadbDatabase, { name, holder, leaseMs = 6_000, monotonic = () => performance.now() }: LeaseOptions) {
    this.#database = database
    this.#name = name
    this.#holder = holder
    this.#leaseMs = leaseMs
    this.#monotonic = monotonic
  }

  /** Takes or keeps the lease; answers its fence, or null while another holds it. `byForce` takes it from whoever has it. */
  async hold(byForce = false): Promise<number | null> {
    const atMs = this.#monotonic()
    if (this.#fence !== null && atMs - this.#renewedAtMs < this.#leaseMs / RENEWALS_PER_LEASE) return this.#fence
    this.#fence = await this.#database.write(() => this.#take(byForce))
    this.#renewedAtMs = atMs
    return this.#fence
  }

  /** Inside a unit: throws `conflict` unless the lease is still ours, and keeps it so until the commit. */
  *requireFence(): Unit<void> {
    const row = yield* first<LeaseRow>(statement('select fence from platform_lease where name = ? lock in share mode', [this.#name]))
    if (this.#fence !== null && row?.fence === this.#fence) return
    this.#fence = null
    throw new CapstanError('conflict', `another process took over ${this.#name}`)
  }

  /** Lets the next one in at once. */
  async release(): Promise<void> {
    if (this.#fence === null) return
    const sql = 'update platform_lease set holder = null, until_ms = 0 where name = ? and fence = ?'
    await this.#database.write(() => run(statement(sql, [this.#name, this.#fence])))
    this.#fence = null
  }

  *#take(byForce: boolean): Unit<number | null> {
    const row = yield* first<LeaseRow>(
      statement(`select holder, fence, until_ms, ${NOW_MS} as now_ms from platform_lease where name = ? for update`, [this.#name]),
    )
    if (!row) {
      const sql = `insert into platform_lease (name, holder, fence, until_ms) values (?, ?, 1, ${NOW_MS} + ?)`
      yield* run(statement(`${sql} on duplicate key update fence = fence`, [this.#name, this.#holder, this.#leaseMs]))
      return yield* this.#take(false)
    }
    const isOurs = row.holder === this.#holder && (this.#fence === null || this.#fence === row.fence)
    if (!isOurs && !byForce && row.until_ms > row.now_ms) return null
    const fence = isOurs ? row.fence : row.fence + 1
    const sql = `update platform_lease set holder = ?, fence = ?, until_ms = ${NOW_MS} + ? where name = ?`
    yield* run(statement(sql, [this.#holder, fence, this.#leaseMs, this.#name]))
    return fence
  }
}
