import { expect, test } from 'vitest'
import { fakeClock } from '../../../lib/clock.ts'
import { systemPrincipal } from '../../identity/api.ts'
import type { SearchIndex, SearchRequest } from '../ports/search-index.ts'
import { searchAssets } from './search-assets.ts'

function asking(): { requests: SearchRequest[]; deps: Parameters<typeof searchAssets>[0] } {
  const requests: SearchRequest[] = []
  const index: SearchIndex = {
    search: (request) => {
      requests.push(request)
      const facets = request.facets.map((field) => ({ field, values: [{ value: 'video', count: 3 }] }))
      return Promise.resolve({ hits: [], nextCursor: null, total: 3, facets, tookMs: 1 })
    },
    count: () => Promise.resolve(3),
    write: () => Promise.resolve(),
    startRebuild: () => Promise.resolve(),
    close: () => Promise.resolve(),
    state: () => Promise.resolve({ documents: 0, checkpoints: [], needsRebuild: false }),
  }
  return { requests, deps: { index, clock: fakeClock(), scopeOf: () => ({ workspaceIds: [4] }) } }
}

const anna = systemPrincipal(7, 'anna', ['see'])

test('a search is of the account and scope of who asks, newest first, 50 at a time', async () => {
  const { requests, deps } = asking()
  await searchAssets(deps)(anna, {})
  expect(requests[0]).toMatchObject({
    accountId: 7,
    scope: { workspaceIds: [4] },
    sort: { field: 'created', descending: true },
    limit: 50,
    cursor: null,
    facets: [],
  })
})

test('facets come back with their labels, each once', async () => {
  const { deps } = asking()
  const { facets } = await searchAssets(deps)(anna, { facets: 'type, kind,owner' })
  expect(facets.map(({ field, label }) => [field, label])).toEqual([
    ['kind', 'Kind'],
    ['owner', 'Owner'],
  ])
})

test('SORT BY in the query goes before the parameter', async () => {
  const { requests, deps } = asking()
  await searchAssets(deps)(anna, { q: 'x SORT BY size desc', sort: 'name' })
  await searchAssets(deps)(anna, { q: 'x', sort: '-name' })
  expect(requests.map(({ sort }) => sort)).toEqual([
    { field: 'size', descending: true },
    { field: 'name', descending: true },
  ])
})

test('a filter must fit too, and may open the bin', async () => {
  const { requests, deps } = asking()
  await searchAssets(deps)(anna, { q: 'a OR b', filter: 'is:deleted' })
  expect(requests[0]!.where).toMatchObject({ kind: 'and', of: [{ kind: 'or' }, { kind: 'keyword', field: 'is' }] })
})

test.each([
  { sort: 'colour' },
  { limit: 201 },
  { limit: 0 },
  { facets: 'name' },
  { q: '(a' },
  { q: 'size:big' },
  { q: 'a', filter: 'b:c' },
])('%j is invalid', async (input) => {
  await expect(searchAssets(asking().deps)(anna, input)).rejects.toMatchObject({ code: 'invalid' })
})

test('while somebody types nothing is an error', async () => {
  const { deps } = asking()
  for (const q of ['(a', '"b', 'size:>', 'size:bi', 'a AND', 'colour:', '-']) await searchAssets(deps)(anna, { q, typing: true })
})

test('without the right to see there is no search', async () => {
  const guest = systemPrincipal(7, 'guest', [])
  await expect(searchAssets(asking().deps)(guest, {})).rejects.toMatchObject({ code: 'forbidden' })
})
