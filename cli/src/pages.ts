import type { Page } from '@capstan/contract/common'

/** Reads page after page until `limit` items are there; lists have no other end than their own. */
export async function readPages<T>(limit: number, read: (cursor: string | undefined, limit: number) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page: Page<T> = await read(cursor, Math.min(200, limit - items.length))
    items.push(...page.items)
    cursor = page.nextCursor ?? undefined
  } while (cursor && items.length < limit)
  return items
}
