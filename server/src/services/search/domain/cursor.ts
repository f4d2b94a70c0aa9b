import { CapstanError } from '../../../lib/errors.ts'
import type { Sort } from './fields.ts'

/** The last hit of a page: its sort value (null when it has none) and its number. */
export type CursorPosition = { readonly key: number | string | null; readonly number: number }

export const writeCursor = (sort: Sort, { key, number }: CursorPosition): string =>
  Buffer.from(JSON.stringify([sortName(sort), key, number])).toString('base64url')

/** Throws `invalid` when it was not made for this sort. */
export function readCursor(sort: Sort, cursor: string): CursorPosition {
  const [name, key, number] = parsed(cursor)
  const isKey = key === null || typeof key === 'number' || typeof key === 'string'
  if (name === sortName(sort) && isKey && typeof number === 'number') return { key, number }
  throw new CapstanError('invalid', 'this cursor belongs to another query or sort order; begin again without a cursor')
}

const sortName = ({ field, descending }: Sort): string => `${descending ? '-' : ''}${field}`

function parsed(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
