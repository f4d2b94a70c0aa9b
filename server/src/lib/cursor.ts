import { CapstanError } from './errors.ts'

/** A place in a sorted list: the list's sort, the sort key and the id of the last row that was handed out. */
export type Cursor = { sort: string; key: string | number; id: string | number }

export const encodeCursor = ({ sort, key, id }: Cursor): string => Buffer.from(JSON.stringify([sort, key, id])).toString('base64url')

/** Throws `invalid` for what this list did not hand out. */
export function decodeCursor(text: string, sort: string): Cursor {
  const parsed = parse(text)
  if (!Array.isArray(parsed) || parsed.length !== 3 || parsed[0] !== sort || !isKey(parsed[1]) || !isKey(parsed[2])) {
    throw new CapstanError('invalid', 'this cursor belongs to another list or another sort order: start again without a cursor')
  }
  return { sort, key: parsed[1], id: parsed[2] }
}

const isKey = (value: unknown): value is string | number =>
  typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}
