import { describe, expect, it } from 'vitest'
import { fakeClock, type Clock } from '../../../lib/clock.ts'
import { CapstanError } from '../../../lib/errors.ts'
import type { NewJob } from '../api.ts'
import { eventNameOf, jobEvent } from '../domain/job-events.ts'
import { cancelled, checkLease, completed, failed, leased, leaseExpired, newJob, type Job } from '../domain/job.ts'
import type { JobList, JobLog } from './job-list.ts'
import type { JobQueue } from './job-queue.ts'

export type JobQueueUnderTest = {
  queue: JobQueue
  list: JobList
  log: JobLog
  /** Names of the events that were committed, oldest first. */
  events: () => Promise<string[]>
}

const KINDS = new Map([
  ['probe', { kind: 'probe', pool: 'light', repeat: 'idempotent' }],
  ['proxy', { kind: 'proxy', pool: 'encode', repeat: 'idempotent' }],
] as const)
const LEASE_MS = 30_000

const job = (key: string, change: Partial<NewJob> = {}): NewJob => ({
  accountId: 1,
  key,
  kind: 'probe',
  input: { word: 'Ä "x" 😀' },
  priority: 50,
  attemptsMax: 3,
  retryDelayMs: 1_000,
  retryFactor: 2,
  timeoutMs: 60_000,
  runId: null,
  nodeId: null,
  workflow: null,
  asset: null,
  readyAtMs: null,
  ...change,
})

export function jobQueueContract(adapter: string, open: (clock: Clock) => Promise<JobQueueUnderTest>): void {
  const start = async () => {
    const clock = fakeClock()
    const under = await open(clock)
    const { queue, list } = under
    let leases = 0
    const take = (before: Job) => {
      leases += 1
      const after = leased(
        before,
        { token: `00000000-0000-7000-8000-${String(leases).padStart(12, '0')}`, worker: 'w', untilMs: clock.now() + LEASE_MS },
        clock.now(),
      )
      return { job: after, events: [jobEvent('job.started', before, after, clock.now())] }
    }
    const add = (...jobs: NewJob[]) =>
      queue.enqueue(
        jobs.map((asked) => newJob(asked, KINDS.get(asked.kind as 'probe'), clock.now())),
        (added) => jobEvent('job.created', null, added, clock.now()),
      )
    const lease = (limit = 1, pool: Job['pool'] = 'light') => queue.lease([{ pool, kinds: ['probe', 'proxy'], limit }], take)
    const end = (held: Job, apply: (before: Job) => Job) =>
      queue.change([held.number], (before) => {
        checkLease(before, held.lease?.token ?? '')
        const after = apply(before)
        return { job: after, events: [jobEvent(eventNameOf(after), before, after, clock.now())] }
      })
    const get = async (number: number) => (await list.find(1, number))!
    return { clock, add, lease, end, get, ...under }
  }

  describe(`${adapter} is a JobQueue`, () => {
    it('hands out what was added, as it was', async () => {
      const { add, lease, get } = await start()
      const asset = { id: '0198a000-0000-7000-8000-000000000001', number: 7, name: 'Ä 😀.mov' }
      expect(await add(job('a', { asset, runId: '0198a000-0000-7000-8000-000000000002', nodeId: 'n', workflow: 'w' }))).toBe(1)
      const [held] = await lease()
      expect(held).toMatchObject({ key: 'a', state: 'running', attempt: 1, starts: 1, asset, nodeId: 'n', input: { word: 'Ä "x" 😀' } })
      expect(await get(held!.number)).toEqual(held)
    })

    it('adds a key once, also within one call and among several at once, and tells one event', async () => {
      const { add, lease, events } = await start()
      const added = await Promise.all([add(job('a'), job('a'), job('b')), add(job('a')), add(job('b'), job('c'))])
      expect(added.reduce((sum, count) => sum + count)).toBe(3)
      expect(await lease(10)).toHaveLength(3)
      expect((await events()).filter((name) => name === 'job.created')).toHaveLength(3)
    })

    it('keeps the keys of accounts apart', async () => {
      const { add, list } = await start()
      expect(await add(job('a'), job('a', { accountId: 2 }))).toBe(2)
      const { items } = await list.list(2, { filter: {}, sort: '-number', limit: 10, cursor: null })
      expect(items).toHaveLength(1)
      expect(await list.find(1, items[0]!.id)).toBeNull()
    })

    it('leases the highest priority first, then the one that is ready longest', async () => {
      const { clock, add, lease } = await start()
      await add(job('old'))
      clock.advance(1)
      await add(job('new'), job('urgent', { priority: 90 }), job('slow', { priority: 10 }))
      expect((await lease(4)).map(({ key }) => key)).toEqual(['urgent', 'old', 'new', 'slow'])
    })

    it('leases only from the pools and kinds that were asked for', async () => {
      const { add, lease, queue } = await start()
      await add(job('a'), job('b', { kind: 'proxy' }), job('c', { kind: 'unheard' }))
      expect((await lease(10, 'encode')).map(({ key }) => key)).toEqual(['b'])
      expect(
        await queue.lease([{ pool: 'light', kinds: [], limit: 5 }], () => {
          throw new Error('never')
        }),
      ).toEqual([])
      expect((await lease(10)).map(({ key }) => key)).toEqual(['a'])
    })

    it('never hands one job to two workers', async () => {
      const { add, lease } = await start()
      await add(...Array.from({ length: 40 }, (_, index) => job(`k${index}`)))
      const taken = (await Promise.all(Array.from({ length: 8 }, () => lease(7)))).flat().map(({ number }) => number)
      const rest = (await lease(40)).map(({ number }) => number)
      expect(new Set([...taken, ...rest]).size).toBe(taken.length + rest.length)
      expect(taken.length + rest.length).toBe(40)
    })

    it('holds a job back until its time', async () => {
      const { clock, add, lease } = await start()
      await add(job('later', { readyAtMs: clock.now() + 5_000 }))
      expect(await lease()).toEqual([])
      clock.advance(5_000)
      expect((await lease()).map(({ key }) => key)).toEqual(['later'])
    })

    it('records how an attempt ended together with its event', async () => {
      const { clock, add, lease, end, get, events } = await start()
      await add(job('a'))
      const [held] = await lease()
      await end(held!, (before) => completed(before, { answer: [1, { b: null }] }, clock.now()))
      expect(await get(held!.number)).toMatchObject({
        state: 'completed',
        output: { answer: [1, { b: null }] },
        lease: null,
        progress: 100,
      })
      expect(await events()).toEqual(['job.created', 'job.started', 'job.completed'])
    })

    it('brings a failed attempt back after its delay, and fails for good when none is left', async () => {
      const { clock, add, lease, end, get } = await start()
      await add(job('a', { attemptsMax: 2 }))
      const fault = { code: 'internal', class: 'defect', message: 'broke' } as const
      const [first] = await lease()
      await end(first!, (before) => failed(before, fault, clock.now()))
      expect(await lease()).toEqual([])
      clock.advance(1_000)
      const [second] = await lease()
      expect(second).toMatchObject({ attempt: 2, fault })
      await end(second!, (before) => failed(before, fault, clock.now()))
      expect(await get(second!.number)).toMatchObject({ state: 'failed', fault })
    })

    it('refuses an outcome whose lease was lost, and changes nothing', async () => {
      const { clock, add, lease, end, queue, get, events } = await start()
      await add(job('a'))
      const [lost] = await lease()
      clock.advance(LEASE_MS + 1)
      expect(await queue.expired(clock.now(), null, 10)).toEqual([lost!.number])
      await queue.change([lost!.number], (before) => ({ job: leaseExpired(before, clock.now()), events: [] }))
      const [held] = await lease()
      const refused = await end(lost!, (before) => completed(before, {}, clock.now())).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(CapstanError)
      expect(refused).toMatchObject({ code: 'conflict', details: { reason: 'lease_lost' } })
      expect(await get(held!.number)).toEqual(held)
      expect(await events()).not.toContain('job.completed')
    })

    it('renews many leases at once, saves progress, and names those that were lost', async () => {
      const { clock, add, lease, queue, get } = await start()
      await add(job('a'), job('b'))
      const [a, b] = await lease(2)
      await queue.change([b!.number], (before) => ({ job: cancelled(before, 'Ann', clock.now()), events: [] }))
      const untilMs = clock.now() + 60_000
      const held = [a!, b!].map(({ number, lease: of }) => ({ number, token: of!.token, progress: 12.5 }))
      expect(await queue.renew(held, untilMs)).toEqual([b!.number])
      // The same again changes no value, and is no loss.
      expect(await queue.renew(held, untilMs)).toEqual([b!.number])
      expect(await get(a!.number)).toMatchObject({ progress: 12.5, lease: { untilMs } })
      clock.advance(LEASE_MS + 1)
      expect(await queue.expired(clock.now(), null, 10)).toEqual([])
      expect(await queue.expired(clock.now(), 'w', 10)).toEqual([a!.number])
    })

    it('changes several jobs whole or not at all', async () => {
      const { clock, add, lease, queue, list } = await start()
      await add(job('a'), job('b'), job('c'))
      const [done] = await lease()
      await queue.change([done!.number], (before) => ({ job: completed(before, {}, clock.now()), events: [] }))
      const numbers = await list.numbers(1, {}, 0, 10)
      await expect(queue.change(numbers, (before) => ({ job: cancelled(before, 'Ann', clock.now()), events: [] }))).rejects.toMatchObject({
        code: 'conflict',
      })
      expect(await list.numbers(1, { states: ['cancelled'] }, 0, 10)).toEqual([])
      expect(await queue.change([...numbers, 999_999], () => null)).toHaveLength(3)
    })

    it('lets one of two who change the same job see the change of the other', async () => {
      const { add, queue, list } = await start()
      await add(job('a'))
      const numbers = await list.numbers(1, {}, 0, 1)
      const raise = () => queue.change(numbers, (before) => ({ job: { ...before, priority: before.priority + 1 }, events: [] }))
      await Promise.all(Array.from({ length: 10 }, raise))
      expect((await list.find(1, numbers[0]!))?.priority).toBe(60)
    })

    it('removes what ended long ago, with its log', async () => {
      const { clock, add, lease, end, queue, list, log } = await start()
      await add(job('a'), job('b'))
      const [a] = await lease()
      await log.append(1, a!.number, [{ atMs: clock.now(), attempt: 1, level: 'info', message: 'hello', facts: null }])
      await end(a!, (before) => completed(before, {}, clock.now()))
      clock.advance(1_000)
      expect(await queue.prune(clock.now() - 1_000, 10)).toBe(0)
      expect(await queue.prune(clock.now(), 10)).toBe(1)
      expect((await list.list(1, { filter: {}, sort: 'number', limit: 10, cursor: null })).items.map(({ key }) => key)).toEqual(['b'])
      expect((await log.read(1, a!.number, { limit: 10, cursor: null })).items).toEqual([])
    })
  })

  describe(`${adapter} is a JobList and a JobLog`, () => {
    it('lists by filter and sort, page by page, without a gap', async () => {
      const { add, lease, list } = await start()
      await add(
        ...Array.from({ length: 7 }, (_, index) => job(`k${index}`, { priority: (index % 3) * 10, kind: index === 6 ? 'proxy' : 'probe' })),
      )
      await lease(2)
      for (const sort of ['number', '-number', 'priority', '-priority', 'readyAt', '-readyAt'] as const) {
        const seen: number[] = []
        let cursor: string | null = null
        do {
          const page: Awaited<ReturnType<JobList['list']>> = await list.list(1, { filter: {}, sort, limit: 3, cursor })
          seen.push(...page.items.map(({ number }) => number))
          cursor = page.nextCursor
        } while (cursor !== null)
        expect(new Set(seen).size, sort).toBe(7)
      }
      const keysOf = async (filter: Parameters<JobList['list']>[1]['filter']) =>
        (await list.list(1, { filter, sort: 'number', limit: 20, cursor: null })).items.map(({ key }) => key)
      expect(await keysOf({ states: ['running'] })).toEqual(['k2', 'k5'])
      expect(await keysOf({ kinds: ['proxy'], pools: ['encode'] })).toEqual(['k6'])
      expect(await keysOf({ text: 'PROX' })).toEqual(['k6'])
      expect(await keysOf({ text: '%' })).toEqual([])
      await expect(list.list(1, { filter: {}, sort: 'number', limit: 3, cursor: 'bm9uc2Vuc2U' })).rejects.toMatchObject({ code: 'invalid' })
    })

    it('finds the jobs of a run and of an asset', async () => {
      const { add, list } = await start()
      const runId = '0198a000-0000-7000-8000-000000000002'
      const asset = { id: '0198a000-0000-7000-8000-000000000001', number: 7, name: 'Clip 100%.mov' }
      await add(job('a', { runId }), job('b', { asset }))
      expect((await list.ofRun(1, runId)).map(({ key }) => key)).toEqual(['a'])
      expect(await list.ofRun(2, runId)).toEqual([])
      expect(await list.numbers(1, { assetId: asset.id }, 0, 10)).toHaveLength(1)
      expect(await list.numbers(1, { text: '100%' }, 0, 10)).toHaveLength(1)
    })

    it('counts what has not ended by kind and state', async () => {
      const { clock, add, lease, end, list } = await start()
      await add(job('a'), job('b'), job('c', { kind: 'proxy' }))
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
      await add(job('a'))
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
