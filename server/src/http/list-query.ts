import type { ListQuery } from '@capstan/contract/common'
import { CapstanError } from '../lib/errors.ts'

/** What a list can do; what it does not name is refused, so that nobody takes a whole list for a filtered one. */
export type ListAbilities = Readonly<{
  /** Searches with `q`. */
  q?: boolean
  /** Words of the filter: `all`, or `actor:` for one with a value, at most once each. */
  filter?: readonly string[]
  /** The first is the order without `sort`. */
  sort: readonly [string, ...string[]]
}>

export type ListRequest = Readonly<{
  limit: number
  cursor: string | null
  q: string | null
  sort: string
  /** By the word without its colon; empty for one without a value. */
  filter: ReadonlyMap<string, string>
}>

/** Throws `invalid` for what the list cannot do, with what it can. */
export function listRequest(query: ListQuery, abilities: ListAbilities): ListRequest {
  const q = query.q?.trim() || null
  if (q !== null && !abilities.q) throw refused('q', 'this list cannot be searched', [])
  const sort = query.sort || abilities.sort[0]
  if (!abilities.sort.includes(sort)) throw refused('sort', `this list cannot be sorted by "${sort}"`, abilities.sort)
  return { limit: query.limit, cursor: query.cursor || null, q, sort, filter: filterOf(query.filter, abilities.filter ?? []) }
}

function filterOf(text: string | undefined, known: readonly string[]): Map<string, string> {
  const filter = new Map<string, string>()
  for (const word of (text ?? '').split(/\s+/).filter(Boolean)) {
    const end = word.indexOf(':') + 1
    const name = end > 0 ? word.slice(0, end) : word
    const value = word.slice(name.length)
    const key = name.replace(':', '')
    if (!known.includes(name) || (end > 0 && value === '') || filter.has(key))
      throw refused('filter', `this list cannot be filtered by "${word}"`, known)
    filter.set(key, value)
  }
  return filter
}

function refused(field: string, what: string, allowed: readonly string[]): CapstanError {
  const instead = allowed.length === 0 ? `leave ${field} out` : `use ${allowed.map((name) => `\`${name}\``).join(', ')}`
  return new CapstanError('invalid', `${what}: ${instead}`, { details: { field, allowed } })
}
