import type { InfiniteData } from '@tanstack/react-query'
import { assets } from '@capstan/contract/assets'
import type { EventView } from '@capstan/contract/events'
import { jobs, runs } from '@capstan/contract/work'
import { call } from '../api.ts'
import { queryClient } from '../query-client.ts'
import { createStore } from '../store.ts'
import { Batch } from './batch.ts'
import { dropProgress } from './progress.ts'

/** Assets that arrived while a long list was open: shown as "3 new" instead of moving what somebody looks at. */
export const newAssets = createStore(0)

type Item = { id: string }
type Pages = InfiniteData<{ items: Item[] }>

const PAGES_TO_REFETCH_MAX = 1
const ITEMS_TO_PATCH_MAX = 24

const touchedAssets = new Batch(700, (ids) => refresh('library', ids, (id) => call(assets.get, { params: { id } }), fresh.assets))
const touchedJobs = new Batch(500, (ids) => refresh('jobs', ids, (id) => call(jobs.get, { params: { id } }), fresh.jobs))
const touchedRuns = new Batch(500, (ids) => refresh('runs', ids, (id) => call(runs.get, { params: { id } }), fresh.runs))
const stale = new Batch(500, (keys) => {
  for (const key of keys) invalidateNow(JSON.parse(key) as string[])
})
const fresh = { assets: () => newAssets.set(newAssets.get() + 1), jobs: () => {}, runs: () => {} }

const invalidate = (...key: string[]): void => stale.add(JSON.stringify(key))

/** An object's page may be open under its number: its data tells which id it is. */
function invalidateNow([root = '', id]: string[]): void {
  void queryClient.invalidateQueries({
    queryKey: [root],
    predicate: ({ queryKey, state }) => id === undefined || queryKey[1] === id || (state.data as { id?: unknown } | undefined)?.id === id,
  })
}

/** Brings what is on the screen up to date with one event: lists are patched item by item or read again when short; nothing else is touched. */
export function applyEvent(event: EventView): void {
  const noun = event.name.split('.')[0] ?? ''
  if (event.assetId) {
    touchedAssets.add(event.assetId)
    invalidate('asset', event.assetId)
    if (noun !== 'job') invalidate('history', event.assetId)
  }
  if (noun === 'asset' || noun === 'rendition') invalidate('bin')
  if (noun === 'sub_clip' && event.assetId) invalidate('sub-clips', event.assetId)
  if (noun === 'marker' && event.assetId) invalidate('markers', event.assetId)
  if (noun === 'job') onJob(event)
  if (event.runId) {
    touchedRuns.add(event.runId)
    invalidate('run', event.runId)
  }
  if (noun === 'job' || noun === 'asset' || noun === 'storage') invalidate('status')
  if (['upload', 'arrival', 'file', 'hot_folder', 'asset'].includes(noun)) {
    invalidate('arrivals')
    invalidate('uploads')
  }
  if (noun === 'hot_folder') invalidate('hot-folders')
  if (noun === 'storage') invalidate('storages')
  if (noun === 'quota') invalidate('quotas')
  if (['user', 'role', 'token', 'session'].includes(noun)) invalidate(`${noun}s`)
  if (noun === 'workflow_definition') invalidate('workflows')
}

function onJob(event: EventView): void {
  const id = event.jobId ?? event.subject.id
  touchedJobs.add(id)
  invalidate('job', id)
  invalidate('quota-jobs')
  if (event.runId) invalidate('run-jobs', event.runId)
  if (/completed|failed|timed_out|cancelled/.test(event.name)) dropProgress(id, event.assetId)
}

/** Lists of one or two pages are read again; in longer ones the items that are loaded are replaced where they stand. */
async function refresh(root: string, ids: string[], get: (id: string) => Promise<Item>, onNew: () => void): Promise<void> {
  const lists = queryClient.getQueryCache().findAll({ queryKey: [root], type: 'active' })
  const long = lists.filter(({ state }) => ((state.data as Pages | undefined)?.pages.length ?? 0) > PAGES_TO_REFETCH_MAX)
  for (const list of lists) if (!long.includes(list)) void queryClient.invalidateQueries({ queryKey: list.queryKey, exact: true })
  if (long.length === 0) return
  const known = new Set(long.flatMap(({ state }) => (state.data as Pages).pages.flatMap(({ items }) => items.map(({ id }) => id))))
  if (ids.some((id) => !known.has(id))) onNew()
  const settled = await Promise.allSettled(
    ids
      .filter((id) => known.has(id))
      .slice(0, ITEMS_TO_PATCH_MAX)
      .map(get),
  )
  const changed = new Map(settled.flatMap((result) => (result.status === 'fulfilled' ? [[result.value.id, result.value] as const] : [])))
  for (const list of long) queryClient.setQueryData<Pages>(list.queryKey, (data) => data && patch(data, changed))
}

const patch = (data: Pages, changed: ReadonlyMap<string, Item>): Pages => ({
  ...data,
  pages: data.pages.map((page) =>
    page.items.some(({ id }) => changed.has(id)) ? { ...page, items: page.items.map((item) => changed.get(item.id) ?? item) } : page,
  ),
})
