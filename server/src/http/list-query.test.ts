import { expect, test } from 'vitest'
import { listRequest } from './list-query.ts'

const query = (given: Record<string, string>) => ({ limit: 50, ...given })
const ABILITIES = { q: true, filter: ['all', 'actor:'], sort: ['name', '-name'] } as const

test('what a list can do is read, and nothing asked is its first order', () => {
  expect(listRequest(query({ q: ' ada ', filter: 'all  actor:a:b', sort: '-name', cursor: 'c' }), ABILITIES)).toEqual({
    limit: 50,
    cursor: 'c',
    q: 'ada',
    sort: '-name',
    filter: new Map([
      ['all', ''],
      ['actor', 'a:b'],
    ]),
  })
  const nothing = { limit: 50, cursor: null, q: null, sort: 'name', filter: new Map() }
  expect(listRequest(query({ q: ' ', filter: '', sort: '', cursor: '' }), ABILITIES)).toEqual(nothing)
})

test.each([
  [{ sort: 'age' }, 'sort', ['name', '-name']],
  [{ filter: 'old' }, 'filter', ['all', 'actor:']],
  [{ filter: 'actor:' }, 'filter', ['all', 'actor:']],
  [{ filter: 'actor' }, 'filter', ['all', 'actor:']],
  [{ filter: 'all:x' }, 'filter', ['all', 'actor:']],
  [{ filter: 'actor:a actor:b' }, 'filter', ['all', 'actor:']],
])('%j is refused with what is allowed', (given, field, allowed) => {
  expect(() => listRequest(query(given), ABILITIES)).toThrow(expect.objectContaining({ code: 'invalid', details: { field, allowed } }))
})

test('a search that a list cannot do is refused', () => {
  expect(() => listRequest(query({ q: 'x' }), { sort: ['name'] })).toThrow(
    expect.objectContaining({ details: { field: 'q', allowed: [] } }),
  )
})
