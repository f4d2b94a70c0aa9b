import type { Collection, OptionalUnlessRequiredId } from 'mongodb'
import { CapstanError } from '../../lib/errors.ts'
import { asking } from './database.ts'

/** A row of a log: its place is its key, so that two writers can never take the same. */
export type LogRow = { _id: number; key: string }

const TRIES_MAX = 20
const RETRY_DELAY_MS = 5

type Making<Row, Item> = { keyOf: (item: Item) => string; rowOf: (item: Item, previous: Row | null) => Row }

/** A log that several processes write. The newest row is remembered: who is alone needs one question for an append. */
export class AppendOnly<Row extends LogRow> {
  readonly #collection: Collection<Row>
  /** Undefined while it is not known. */
  #newest: Row | null | undefined

  constructor(collection: Collection<Row>) {
    this.#collection = collection
  }

  /**
   * Appends behind the newest row, in order and without a gap; a key that is there already keeps its place. Several writers at once are safe: who loses
   * the race for a place, or brings a key again, looks anew. Answers the rows of all keys, those of before too. Throws `unavailable` when others were
   * always faster.
   */
  async append<Item>(items: readonly Item[], making: Making<Row, Item>): Promise<Row[]> {
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      const [known, newest] = await this.#look(items.map(making.keyOf))
      const rows = newRows(items, { known, newest, making })
      this.#newest = undefined
      if (rows.length === 0 || (await insert(this.#collection, rows))) {
        this.#newest = rows.at(-1) ?? newest
        return [...known, ...rows].sort((a, b) => a._id - b._id)
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS * tries * Math.random()))
    }
    throw new CapstanError('unavailable', 'MongoDB was too busy: other writers were always faster')
  }

  async #look(keys: readonly string[]): Promise<readonly [known: Row[], newest: Row | null]> {
    if (this.#newest !== undefined) return [[], this.#newest]
    return Promise.all([findKeys(this.#collection, keys), newestOf(this.#collection)])
  }
}

function newRows<Row extends LogRow, Item>(
  items: readonly Item[],
  { known, newest, making: { keyOf, rowOf } }: { known: readonly Row[]; newest: Row | null; making: Making<Row, Item> },
): Row[] {
  const rows: Row[] = []
  const seen = new Set(known.map(({ key }) => key))
  for (const item of items) {
    if (seen.has(keyOf(item))) continue
    seen.add(keyOf(item))
    rows.push(rowOf(item, rows.at(-1) ?? newest))
  }
  return rows
}

export const newestOf = <Row extends LogRow>(collection: Collection<Row>): Promise<Row | null> =>
  asking(async () => {
    const [newest] = await collection.find().sort({ _id: -1 }).limit(1).toArray()
    return (newest as Row | undefined) ?? null
  })

async function findKeys<Row extends LogRow>(collection: Collection<Row>, keys: readonly string[]): Promise<Row[]> {
  const filter = { key: { $in: keys } } as object
  return asking(async () => (await collection.find(filter).toArray()) as Row[])
}

/** False when another writer was faster. What was inserted before the collision stays, and is found by its keys. */
async function insert<Row extends LogRow>(collection: Collection<Row>, rows: readonly Row[]): Promise<boolean> {
  try {
    await asking(() => collection.insertMany(rows as OptionalUnlessRequiredId<Row>[], { ordered: true }))
    return true
  } catch (error) {
    if (error instanceof CapstanError && error.code === 'conflict') return false
    throw error
  }
}
