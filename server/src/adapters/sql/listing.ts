import { decodeCursor, encodeCursor, type Cursor } from '../../lib/cursor.ts'
import { all, statement, type Unit } from './database.ts'

/* What every list needs: conditions that may be left out, an order that ends in a unique column, and pages cut by cursor. */

export type Condition = Readonly<{ sql: string; parameters: readonly unknown[] }>
export type Page<T> = { items: T[]; nextCursor: string | null }

/** `?, ?, ?` for that many values. */
export const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ')

/** Never left out. */
export const ofAccount = (accountId: number): Condition => ({ sql: 'account_id = ?', parameters: [accountId] })

/** No condition for undefined and null: nobody asked. */
export const equals = (column: string, value: unknown): Condition[] =>
  value === undefined || value === null ? [] : [{ sql: `${column} = ?`, parameters: [value] }]

export const oneOf = (column: string, values: readonly unknown[] | null | undefined): Condition[] =>
  values ? [{ sql: `${column} in (${marks(values)})`, parameters: values }] : []

/** In one of the columns. Case folds only as far as the database's `lower` does; search proper is the search service's. */
export function containing(columns: readonly string[], text: string | undefined): Condition[] {
  if (text === undefined) return []
  const pattern = `%${text.toLowerCase().replace(/[!%_]/g, '!$&')}%`
  const sql = `(${columns.map((column) => `lower(coalesce(${column}, '')) like ? escape '!'`).join(' or ')})`
  return [{ sql, parameters: columns.map(() => pattern) }]
}

/** The rows that meet all conditions; a page reads one more than it shows. */
export function* select<R>(what: string, conditions: readonly Condition[], { order, limit }: { order: string; limit: number }): Unit<R[]> {
  const sql = `${what} where ${conditions.map((condition) => condition.sql).join(' and ')} order by ${order} limit ?`
  return yield* all<R>(statement(sql, [...conditions.flatMap(({ parameters }) => parameters), limit]))
}

export type Order<Column extends string> = Readonly<{ column: Column; descending: boolean }>

/** Reads `name` or `-name` with the columns that those names stand for. */
export const orderOf = <Name extends string, Column extends string>(
  columns: Readonly<Record<Name, Column>>,
  sort: Name | `-${Name}`,
): Order<Column> => ({ column: columns[sort.replace('-', '') as Name], descending: sort.startsWith('-') })

/** The number breaks ties, so that no row is shown twice or left out. */
export function orderBy({ column, descending }: Order<string>): string {
  const direction = descending ? 'desc' : 'asc'
  return column === 'number' ? `number ${direction}` : `${column} ${direction}, number ${direction}`
}

/** After the last row of the page before. Throws `invalid` for another list's cursor. */
export function after({ sort, cursor }: { sort: string; cursor: string | null }, { column, descending }: Order<string>): Condition[] {
  if (cursor === null) return []
  const { key, id } = decodeCursor(cursor, sort)
  const compare = descending ? '<' : '>'
  if (column === 'number') return [{ sql: `number ${compare} ?`, parameters: [id] }]
  return [{ sql: `(${column} ${compare} ? or (${column} = ? and number ${compare} ?))`, parameters: [key, key, id] }]
}

/** For lists that are sorted by one unique key: a name, or an id, which carries the time. Throws `invalid` for another list's cursor. */
export const keyAfter = (list: string, cursor: string | null): string | null =>
  cursor === null ? null : String(decodeCursor(cursor, list).id)

type Keyed<R, T> = Readonly<{
  conditions: readonly Condition[]
  /** Unique, and what the list is sorted by. */
  column: string
  descending?: boolean
  keyOf: (row: R) => string
  item: (row: R) => T
}>

/** A page of a list that is sorted by one unique key. Throws `invalid` for another list's cursor. */
export function* pageByKey<R, T>(
  list: string,
  what: string,
  { limit, cursor }: Readonly<{ limit: number; cursor: string | null }>,
  { conditions, column, descending = false, keyOf, item }: Keyed<R, T>,
): Unit<Page<T>> {
  const key = keyAfter(list, cursor)
  const past = key === null ? [] : [{ sql: `${column} ${descending ? '<' : '>'} ?`, parameters: [key] }]
  const order = `${column} ${descending ? 'desc' : 'asc'}`
  const rows = yield* select<R>(what, [...conditions, ...past], { order, limit: limit + 1 })
  return pageOf(list, rows, limit, { at: (row) => ({ id: keyOf(row) }), item })
}

type Cut<R, T> = { at: (last: R) => Pick<Cursor, 'id'> & Partial<Cursor>; item: (row: R) => T }

/** A page of `limit` out of rows that were read with `limit + 1`. */
export function pageOf<R, T>(sort: string, rows: readonly R[], limit: number, { at, item }: Cut<R, T>): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor({ sort, key: '', ...at(last) }) : null
  return { items: shown.map(item), nextCursor }
}
