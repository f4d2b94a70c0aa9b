import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../lib/clock.ts'
import type { JobFilter } from '../domain/job-filter.ts'
import { completed, type Job } from '../domain/job.ts'
import type { JobList } from './job-list.ts'
import { openJobs, sampleJob, type JobStoresUnderTest } from './job-queue.samples.ts'

export function jobListContract(adapter: string, open: (clock: Clock) => Promise<JobStoresUnderTest>): void {
  const start = () => openJobs(open)

  describe(`${adapter} is a JobList and a JobLog`, () => {
    it('finds a job by id and by number, for its account only', async () => {
      const { add, list } = await start()
      await add(sampleJob('a'), sampleJob('b', { accountId: 2 }))
      const [number] = await list.numbers(1, {}, 0, 10)
      const found = await list.find(1, number!)
      expect(found).toMatchObject({ number, key: 'a', accountId: 1 })
      expect(await list.find(1, found!.id)).toEqual(found)
      expect(await list.find(2, number!)).toBeNull()
      expect(await list.find(2, found!.id)).toBeNull()
      expect(await list.find(1, 999_999)).toBeNull()
    })

    it.each(['number', '-number', 'priority', '-priority', 'readyAt', '-readyAt'] as const)(
      'lists by %s, page by page, in order and without a gap',
      async (sort) => {
        const { clock, add, list } = await start()
        for (const index of [0, 1, 2, 3, 4, 5, 6]) {
          if (index % 2 === 0) clock.advance(1)
          await add(sampleJob(`k${index}`, { priority: (index % 3) * 10 }))
        }
        await add(sampleJob('other', { accountId: 2 }))
        const seen: Job[] = []
        let cursor: string | null = null
        do {
          const page: Awaited<ReturnType<JobList['list']>> = await list.list(1, { filter: {}, sort, limit: 3, cursor })
          expect(page.items.length).toBeLessThanOrEqual(3)
          seen.push(...page.items)
          cursor = page.nextCursor
        } while (cursor !== null)
        const key = sort.replace('-', '') as 'number' | 'priority' | 'readyAt'
        const keyOf = (job: Job) => (key === 'readyAt' ? job.readyAtMs : job[key])
        const rising = seen.toSorted((a, b) => keyOf(a) - keyOf(b) || a.number - b.number)
        expect(seen.map(({ number }) => number)).toEqual((sort.startsWith('-') ? rising.toReversed() : rising).map(({ number }) => number))
        expect(seen).toHaveLength(7)
      },
    )

    it('ends a page that is just full', async () => {
      const { add, list } = await start()
      await add(sampleJob('a'), sampleJob('b'))
      expect(await list.list(1, { filter: {}, sort: 'number', limit: 2, cursor: null })).toMatchObject({ nextCursor: null })
    })

    it('refuses a cursor of another list', async () => {
      const { add, list, log } = await start()
      await add(sampleJob('a'), sampleJob('b'))
      const { nextCursor } = await list.list(1, { filter: {}, sort: 'number', limit: 1, cursor: null })
      for (const cursor of [nextCursor, 'bm9uc2Vuc2U', ''])
        await expect(list.list(1, { filter: {}, sort: 'priority', limit: 1, cursor })).rejects.toMatchObject({ code: 'invalid' })
      await expect(log.read(1, 1, { limit: 1, cursor: nextCursor })).rejects.toMatchObject({ code: 'invalid' })
    })

    it('keeps to its filter', async () => {
      const { add, lease, list } = await start()
      await add(
        ...Array.from({ length: 7 }, (_, index) =>
          sampleJob(`k${index}`, { priority: (index % 3) * 10, kind: index === 6 ? 'proxy' : 'probe' }),
        ),
      )
      await lease(2)
      const keysOf = async (filter: JobFilter) =>
        (await list.list(1, { filter, sort: 'number', limit: 20, cursor: null })).items.map(({ key }) => key)
      expect(await keysOf({ states: ['running'] })).toEqual(['k2', 'k5'])
      expect(await keysOf({ kinds: ['proxy'], pools: ['encode'] })).toEqual(['k6'])
      expect(await keysOf({ kinds: ['proxy'], pools: ['light'] })).toEqual([])
      expect(await keysOf({ text: 'PROX' })).toEqual(['k6'])
      expect(await keysOf({ text: '%' })).toEqual([])
    })

    it('numbers all that match, oldest first, from where it is told', async () => {
      const { add, list } = await start()
      await add(...Array.from({ length: 5 }, (_, index) => sampleJob(`k${index}`)), sampleJob('x', { kind: 'proxy' }))
      const all = await list.numbers(1, { kinds: ['probe'] }, 0, 10)
      expect(all).toEqual(all.toSorted((a, b) => a - b))
      expect(all).toHaveLength(5)
      expect(await list.numbers(1, { kinds: ['probe'] }, all[1]!, 2)).toEqual(all.slice(2, 4))
    })

    it('finds the jobs of a run and of an asset', async () => {
      const { add, list } = await start()
      const runId = '0198a000-0000-7000-8000-000000000002'
      const asset = { id: '0198a000-0000-7000-8000-000000000001', number: 7, name: 'Clip 100%.mov' }
      await add(sampleJob('a', { runId }), sampleJob('b', { asset }), sampleJob('c', { runId, priority: 90 }))
      expect((await list.ofRun(1, runId)).map(({ key }) => key)).toEqual(['a', 'c'])
      expect(await list.ofRun(2, runId)).toEqual([])
      expect(await list.numbers(1, { assetId: asset.id }, 0, 10)).toHaveLength(1)
      expect(await list.numbers(1, { text: '100%' }, 0, 10)).toHaveLength(1)
    })

    it('counts what has not ended by kind and state', async () => {
      const { clock, add, lease, end, list } = await start()
      await add(sampleJob('a'), sampleJob('b'), sampleJob('c', { kind: 'proxy' }))
      const [a] = await lease()
      await end(a!, (before) => completed(before, {}, clock.now()))
      const counts = (await list.counts()).map(({ kind, state, count, oldestReadyAtMs }) => [kind, state, count, oldestReadyAtMs])
      expect(counts.sort()).toEqual([
        ['probe', 'queued', 1, clock.now()],
        ['proxy', 'queued', 1, clock.now()],
      ])
    })

    it('keeps the first lines of a log, in order, with their facts, and room for errors', async () => {
      const { clock, add, list, log } = await start()
      await add(sampleJob('a'))
      const [number] = await list.numbers(1, {}, 0, 1)
      const lines = (from: number, count: number, level: 'info' | 'error' = 'info') =>
        Array.from({ length: count }, (_, index) => ({
          atMs: clock.now(),
          attempt: 1,
          level,
          message: `line ${from + index}`,
          facts: { index: from + index },
        }))
      await log.append(1, number!, lines(0, 1_000))
      await log.append(1, number!, [...lines(1_000, 1_000), ...lines(5_000, 150, 'error')])
      const first = await log.read(1, number!, { limit: 1_899, cursor: null })
      expect(first.items[1_898]).toMatchObject({ message: 'line 1898', facts: { index: 1_898 }, at: '2026-01-01T00:00:00.000Z' })
      const rest = await log.read(1, number!, { limit: 200, cursor: first.nextCursor })
      expect(rest.items.map(({ message }) => message)).toEqual(['line 1899', ...lines(5_000, 100).map(({ message }) => message)])
      expect(rest.nextCursor).toBeNull()
      expect((await log.read(2, number!, { limit: 10, cursor: null })).items).toEqual([])
    })
  })
}
