import { createHash } from 'node:crypto'
import type { Collection } from 'mongodb'
import type { AuditEntry, AuditFilter, AuditLog } from '../../services/audit/ports/audit-log.ts'
import { AppendOnly, newestOf, type LogRow } from './append.ts'
import { asking, type MongodbDatabase } from './database.ts'

/** `key` is the entry's id; `hash` covers the row and the hash of the row before it. */
type AuditRow = LogRow & {
  segment: string
  account_id: number
  actor_id: string
  subject_id: string
  action: string
  entry: string
  hash: string
}

const FIELDS = { actor: 'actor_id', subject: 'subject_id', action: 'action' } as const

/** Appended, never changed; forgotten only by whole segments, of which each is a day. */
export class MongodbAuditLog implements AuditLog {
  readonly #entries: Collection<AuditRow>
  readonly #log: AppendOnly<AuditRow>

  private constructor(entries: Collection<AuditRow>) {
    this.#entries = entries
    this.#log = new AppendOnly(entries)
  }

  static async open(database: MongodbDatabase): Promise<MongodbAuditLog> {
    const entries = database.collection<AuditRow>('audit_entry')
    await asking(async () => {
      await entries.createIndex({ key: 1 }, { unique: true }, {})
      for (const field of ['actor_id', 'subject_id']) await entries.createIndex({ account_id: 1, [field]: 1, _id: 1 }, {}, {})
      await entries.createIndex({ segment: 1, _id: 1 }, {}, {})
    })
    return new MongodbAuditLog(entries)
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length > 0) await this.#log.append(entries, { keyOf: ({ id }) => id, rowOf: toRow })
  }

  async list(
    accountId: number,
    filter: AuditFilter,
    page: { cursor: number | null; limit: number },
  ): Promise<(AuditEntry & { sequence: number })[]> {
    const query: Record<string, unknown> = { account_id: accountId }
    for (const [key, value] of Object.entries(filter)) query[FIELDS[key as keyof AuditFilter]] = value
    if (page.cursor !== null) query['_id'] = { $lt: page.cursor }
    const rows = await asking(() => this.#entries.find(query).sort({ _id: -1 }).limit(page.limit).toArray())
    return rows.map(({ _id, entry }) => ({ ...(JSON.parse(entry) as AuditEntry), sequence: _id }))
  }

  /** Removes the oldest segment when all of it is older; the newest one always stays, because the chain goes on from it. */
  async prune(beforeMs: number): Promise<number> {
    const [oldest] = await asking(() => this.#entries.find().sort({ _id: 1 }).limit(1).toArray())
    const newest = await newestOf(this.#entries)
    if (!oldest || oldest.segment === newest?.segment || oldest.segment >= dayOf(beforeMs)) return 0
    return asking(async () => (await this.#entries.deleteMany({ segment: oldest.segment })).deletedCount)
  }
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** A late entry goes to the newest segment: one that a newer follows is closed. */
function toRow(entry: AuditEntry, previous: AuditRow | null): AuditRow {
  const day = dayOf(entry.atMs)
  const row = {
    _id: (previous?._id ?? 0) + 1,
    key: entry.id,
    segment: previous && previous.segment > day ? previous.segment : day,
    account_id: entry.accountId,
    actor_id: entry.actor.id,
    subject_id: entry.subject.id,
    action: entry.action,
    entry: JSON.stringify(entry),
  }
  return { ...row, hash: hashOf(row, previous?.hash ?? '') }
}

/** Everything that a row says, in a fixed order, chained to the row before. */
const hashOf = (row: Omit<AuditRow, 'hash'>, previousHash: string): string =>
  createHash('sha256')
    .update(
      JSON.stringify([previousHash, row._id, row.key, row.segment, row.account_id, row.actor_id, row.subject_id, row.action, row.entry]),
    )
    .digest('hex')
