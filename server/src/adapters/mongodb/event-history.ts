import type { EventEnvelope } from '@capstan/contract/events'
import type { Collection } from 'mongodb'
import type { EventFilter, EventHistory, SequencedEvent } from '../../services/events/ports/event-history.ts'
import { AppendOnly, newestOf, type LogRow } from './append.ts'
import { asking, type MongodbDatabase } from './database.ts'

/** `key` is the event's id. The event is kept as its text: its own keys may hold what MongoDB's may not. */
type EventRow = LogRow & {
  account_id: number
  name: string
  at_ms: number
  asset_id: string | null
  run_id: string | null
  job_id: string | null
  event: string
}

const FIELDS = { accountId: 'account_id', assetId: 'asset_id', runId: 'run_id', jobId: 'job_id', name: 'name' } as const

/** Every event at its place. Sequences have no gap, so that a reader sees when it missed something. */
export class MongodbEventHistory implements EventHistory {
  readonly #events: Collection<EventRow>
  readonly #log: AppendOnly<EventRow>
  readonly #needed: () => Promise<number>

  private constructor(events: Collection<EventRow>, needed: () => Promise<number>) {
    this.#events = events
    this.#log = new AppendOnly(events)
    this.#needed = needed
  }

  /** `needed` answers up to which sequence every consumer has read. */
  static async open(database: MongodbDatabase, needed: () => Promise<number>): Promise<MongodbEventHistory> {
    const events = database.collection<EventRow>('event_history')
    await asking(async () => {
      await events.createIndex({ key: 1 }, { unique: true }, {})
      for (const field of ['asset_id', 'run_id', 'account_id']) await events.createIndex({ [field]: 1, _id: 1 }, {}, {})
    })
    return new MongodbEventHistory(events, needed)
  }

  /** Answers the events with their places, in order. An event that is there already keeps its place. */
  async append(events: readonly EventEnvelope[]): Promise<SequencedEvent[]> {
    if (events.length === 0) return []
    return (await this.#log.append(events, { keyOf: ({ id }) => id, rowOf: toRow })).map(toEvent)
  }

  async read(filter: EventFilter, page: { cursor: number | null; limit: number; newestFirst: boolean }): Promise<SequencedEvent[]> {
    const query: Record<string, unknown> = {}
    for (const key of Object.keys(FIELDS) as (keyof EventFilter)[]) if (filter[key] !== undefined) query[FIELDS[key]] = filter[key]
    if (page.cursor !== null) query['_id'] = page.newestFirst ? { $lt: page.cursor } : { $gt: page.cursor }
    const sort = { _id: page.newestFirst ? -1 : 1 } as const
    return (await asking(() => this.#events.find(query).sort(sort).limit(page.limit).toArray())).map(toEvent)
  }

  async head(): Promise<number> {
    return (await newestOf(this.#events))?._id ?? 0
  }

  /** The newest event stays: the next sequence follows from it. */
  async prune(beforeMs: number, limit: number): Promise<number> {
    const last = Math.min(await this.#needed(), (await this.head()) - 1)
    const old = { at_ms: { $lt: beforeMs }, _id: { $lte: last } }
    return asking(async () => {
      const rows = await this.#events.find(old).sort({ _id: 1 }).limit(limit).project<{ _id: number }>({ _id: 1 }).toArray()
      if (rows.length === 0) return 0
      return (await this.#events.deleteMany({ _id: { $in: rows.map(({ _id }) => _id) } })).deletedCount
    })
  }
}

const toRow = (event: EventEnvelope, previous: EventRow | null): EventRow => ({
  _id: (previous?._id ?? 0) + 1,
  key: event.id,
  account_id: event.accountId,
  name: event.name,
  at_ms: Date.parse(event.at),
  asset_id: event.assetId,
  run_id: event.runId,
  job_id: event.jobId,
  event: JSON.stringify(event),
})

const toEvent = ({ _id, event }: EventRow): SequencedEvent => ({ ...(JSON.parse(event) as EventEnvelope), sequence: _id })
