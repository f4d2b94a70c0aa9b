import type { Collection, OptionalUnlessRequiredId } from 'mongodb'
import { CapstanError } from '../../lib/errors.ts'
import { asking } from './database.ts'

/** A row of a log: its place is its key, so that two writers can never take the same. */
export type LogRow = { _id: number; key: string }

const TRIES_MAX = 20
const RETRY_DELAY_MS = 5

/**
 * Appends behind the newest row, in order and without a gap; a key that is there already keeps its place. Several writers at once are safe: who loses the
 * race for a place looks anew. Answers the rows of all keys, those of before too. Throws `unavailable` when others were always faster.
 */
export async function appendRows<Row extends LogRow, Item>(
  collection: Collection<Row>,
  items: readonly Item[],
  { keyOf, rowOf }: { keyOf: (item: Item) => string; rowOf: (item: Item, previous: Row | null) => Row },
): Promise<Row[]> {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const [known, newest] = await Promise.all([findKeys(collection, items.map(keyOf)), newestOf(collection)])
    const rows: Row[] = []
    const seen = new Set(known.map(({ key }) => key))
    for (const item of items) {
      if (seen.has(keyOf(item))) continue
      seen.add(keyOf(item))
      rows.push(rowOf(item, rows.at(-1) ?? newest))
    }
    if (rows.length === 0 || (await insert(collection, rows))) return [...known, ...rows].sort((a, b) => a._id - b._id)
    await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS * tries * Math.random()))
  }
  throw new CapstanError('unavailable', 'MongoDB was too busy: other writers were always faster')
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
