import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../lib/clock.ts'
import type { NewJob } from '../api.ts'
import type { Quota } from '../domain/admission.ts'
import { cancelled, completed, failed, leaseExpired, paused, resumed, type Job } from '../domain/job.ts'
import { openJobs, sampleJob, type JobStoresUnderTest } from './job-queue.samples.ts'

const locked = (key: string, lock: string, change: Partial<NewJob> = {}) => sampleJob(key, { ...change, input: { lock } })
const ofAction = (name: string, maxRunning: number): Quota => ({ accountId: 1, scope: 'action', name, maxRunning })
const ofWorkflow = (name: string, maxRunning: number): Quota => ({ accountId: 1, scope: 'workflow', name, maxRunning })
const keys = (jobs: readonly Job[]) => jobs.map(({ key }) => key)

/** Locks and quotas: part of the contract of a JobQueue. */
export function jobGates(adapter: string, open: (clock: Clock) => Promise<JobStoresUnderTest>): void {
  const start = async () => {
    const under = await openJobs(open)
    const find = async (key: string) =>
      (await under.list.list(1, { filter: {}, sort: 'number', limit: 200, cursor: null })).items.find((job) => job.key === key)!
    const complete = (held: Job) => under.end(held, (before) => completed(before, {}, under.clock.now()))
    return { ...under, find, complete }
  }

  describe(`${adapter} is a JobQueue with locks`, () => {
    it('lets one of those with the same lock run, and tells the others who has it', async () => {
      const { add, lease, find, events } = await start()
      await add(locked('a', 'x'), locked('b', 'x'), locked('c', 'y'), sampleJob('d'), locked('e', 'x', { accountId: 2 }))
      const held = await lease(10)
      expect(keys(held).sort()).toEqual(['a', 'c', 'd', 'e'])
      const waiting = await find('b')
      expect(waiting).toMatchObject({ state: 'waiting_for_lock', lease: null, attempt: 0 })
      expect(waiting.why).toContain(`job ${held[0]!.number} (probe)`)
      expect(await events()).toContain('job.delayed')
      expect(await lease(10)).toEqual([])
      expect((await find('b')).revision).toBe(waiting.revision)
    })

    it('looks past those who wait: a hindered job takes nobody’s slot', async () => {
      const { add, lease } = await start()
      await add(...Array.from({ length: 20 }, (_, index) => locked(`k${index}`, 'x')), sampleJob('free'))
      expect(keys(await lease(1))).toEqual(['k0'])
      expect(keys(await lease(1))).toEqual(['free'])
    })

    it('hands the lock on in order: priority, then who is ready longest, never to who came later', async () => {
      const { clock, add, lease, complete, find } = await start()
      await add(locked('first', 'x'), locked('second', 'x'), locked('third', 'x'), locked('urgent', 'x', { priority: 90 }))
      const order: string[] = []
      for (let index = 0; index < 5; index += 1) {
        const [held, ...more] = await lease(10)
        expect(more).toEqual([])
        order.push(held!.key)
        clock.advance(1)
        if (index === 0) await add(locked('late', 'x'))
        if (order.length === 2) expect((await find('third')).why).toContain(`job ${held!.number}`)
        await complete(held!)
      }
      expect(order).toEqual(['urgent', 'first', 'second', 'third', 'late'])
      expect(await lease(10)).toEqual([])
    })

    const fault = { code: 'internal', class: 'defect', message: 'broke' } as const
    const timeout = { code: 'timeout', class: 'transient', message: 'too long' } as const
    it.each<[string, (job: Job, nowMs: number) => Job]>([
      ['completed', (job, nowMs) => completed(job, {}, nowMs)],
      ['failed for good', (job, nowMs) => failed({ ...job, attempt: 3 }, fault, nowMs)],
      ['timed out', (job, nowMs) => failed({ ...job, attempt: 3 }, timeout, nowMs)],
      ['failed and comes back later', (job, nowMs) => failed(job, fault, nowMs)],
      ['was cancelled', (job, nowMs) => cancelled(job, 'Ann', nowMs)],
      ['lost its lease', (job, nowMs) => leaseExpired(job, nowMs)],
    ])('hands the lock on when the holder %s', async (_, ended) => {
      const { clock, add, lease, queue } = await start()
      await add(locked('a', 'x'), locked('b', 'x'))
      const [holder] = await lease(10)
      await lease(10)
      clock.advance(1)
      await queue.change([holder!.number], (before) => ({ job: ended(before, clock.now()), events: [] }))
      expect(keys(await lease(10))).toEqual(['b'])
    })

    it('lets go of those who are cancelled or held back while they wait', async () => {
      const { clock, add, lease, queue, find, complete } = await start()
      await add(locked('a', 'x'), locked('b', 'x'), locked('c', 'x'), locked('d', 'x'))
      const [holder] = await lease(10)
      const [b, c] = [await find('b'), await find('c')]
      await queue.change([b.number], (before) => ({ job: cancelled(before, 'Ann', clock.now()), events: [] }))
      await queue.change([c.number], (before) => ({ job: paused(before, 'Ann'), events: [] }))
      await complete(holder!)
      const [next] = await lease(10)
      expect(next!.key).toBe('d')
      await queue.change([c.number], (before) => ({ job: resumed(before, clock.now()), events: [] }))
      expect(await lease(10)).toEqual([])
      await complete(next!)
      expect(keys(await lease(10))).toEqual(['c'])
    })
  })

  describe(`${adapter} is a JobQueue with quotas`, () => {
    it('lets so many of an action run, keeps the rest pending, and lets them go on in order', async () => {
      const { add, lease, find, complete, list } = await start()
      const quotas = [ofAction('probe', 2)]
      await add(...['a', 'b', 'c', 'd'].map((key) => sampleJob(key)), sampleJob('e', { accountId: 2 }), sampleJob('f', { kind: 'proxy' }))
      const [first, ...others] = await lease(10, 'light', quotas)
      expect([first, ...others].map((job) => job!.key).sort()).toEqual(['a', 'b', 'e'])
      expect(keys(await lease(10, 'encode', quotas))).toEqual(['f'])
      expect(await find('c')).toMatchObject({ state: 'pending', why: expect.stringContaining('quota of the action "probe"') as string })
      const waiting = async (quota: string) =>
        keys((await list.list(1, { filter: { quota }, sort: 'number', limit: 9, cursor: null })).items)
      expect([await waiting('action:probe'), await waiting('action:proxy')]).toEqual([['c', 'd'], []])
      expect(await lease(10, 'light', quotas)).toEqual([])
      await add(sampleJob('late'))
      await complete(first!)
      expect(keys(await lease(10, 'light', quotas))).toEqual(['c'])
      expect((await find('late')).state).toBe('pending')
    })

    it('counts a workflow over all its actions, and both quotas where there are two', async () => {
      const { add, lease, find, complete } = await start()
      const quotas = [ofWorkflow('w', 2), ofAction('probe', 1)]
      await add(
        sampleJob('a', { workflow: 'w' }),
        sampleJob('b', { workflow: 'w' }),
        sampleJob('c', { workflow: 'w', kind: 'proxy' }),
        sampleJob('d', { workflow: 'v' }),
      )
      const [a] = await lease(10, 'light', quotas)
      expect(a!.key).toBe('a')
      // It has passed the workflow's quota and keeps that place.
      expect((await find('b')).why).toContain('action "probe"')
      expect(await lease(10, 'encode', quotas)).toEqual([])
      expect((await find('c')).why).toContain('workflow "w"')
      await complete(a!)
      expect(keys(await lease(10, 'light', quotas))).toEqual(['b'])
      expect(keys(await lease(10, 'encode', quotas))).toEqual(['c'])
      expect((await find('d')).state).toBe('pending')
    })

    it('follows a quota that grows, shrinks or goes', async () => {
      const { add, lease } = await start()
      await add(...['a', 'b', 'c', 'd', 'e'].map((key) => sampleJob(key)))
      expect(await lease(10, 'light', [ofAction('probe', 0)])).toEqual([])
      expect(keys(await lease(10, 'light', [ofAction('probe', 2)]))).toEqual(['a', 'b'])
      expect(await lease(10, 'light', [ofAction('probe', 1)])).toEqual([])
      expect(keys(await lease(10, 'light', [ofAction('probe', 3)]))).toEqual(['c'])
      expect(keys(await lease(10))).toEqual(['d', 'e'])
    })

    it('keeps the lock of a job that waits for room, so that nobody overtakes it there', async () => {
      const { add, lease, find, complete } = await start()
      const quotas = [ofAction('probe', 1)]
      await add(sampleJob('busy'), locked('a', 'x'), locked('b', 'x'))
      const [busy] = await lease(10, 'light', quotas)
      expect((await find('a')).state).toBe('pending')
      expect((await find('b')).why).toContain(`job ${(await find('a')).number} `)
      expect(await lease(10)).toMatchObject([{ key: 'a' }])
      await complete(busy!)
      await complete(await find('a'))
      expect(keys(await lease(10, 'light', quotas))).toEqual(['b'])
    })

    it('keeps the place in the first quota while it waits for the second', async () => {
      const { add, lease, find, complete } = await start()
      const quotas = [ofWorkflow('w', 1), ofAction('probe', 1)]
      await add(sampleJob('other'))
      const [other] = await lease(10, 'light', quotas)
      await add(sampleJob('a', { workflow: 'w' }), sampleJob('b', { workflow: 'w', kind: 'proxy' }))
      expect(await lease(10, 'light', quotas)).toEqual([])
      expect(await lease(10, 'encode', quotas)).toEqual([])
      expect((await find('b')).why).toContain('workflow "w"')
      await complete(other!)
      expect(keys(await lease(10, 'light', quotas))).toEqual(['a'])
    })

    it('lets nobody who needs no room take the lock of one who waits for it', async () => {
      const { add, lease, find } = await start()
      const quotas = [ofWorkflow('w', 1)]
      await add(sampleJob('busy', { workflow: 'w' }), locked('a', 'x', { workflow: 'w' }))
      await lease(10, 'light', quotas)
      expect((await find('a')).state).toBe('pending')
      await add(locked('b', 'x', { priority: 90 }))
      expect(await lease(10, 'light', quotas)).toEqual([])
      expect((await find('b')).why).toContain(`job ${(await find('a')).number} `)
    })

    it('brings a burst beyond a quota into its line, and others past it', async () => {
      const { add, lease, list } = await start()
      await add(...Array.from({ length: 1_200 }, (_, index) => sampleJob(`k${index}`, { workflow: 'w' })), sampleJob('free'))
      expect(keys(await lease(2, 'light', [ofWorkflow('w', 1)]))).toEqual(['k0', 'free'])
      expect(await list.numbers(1, { states: ['pending'] }, 0, 2_000)).toHaveLength(1_199)
    })

    it('holds among many who lease at once', async () => {
      const { add, lease, complete } = await start()
      const quotas = [ofWorkflow('w', 3)]
      const jobs = Array.from({ length: 24 }, (_, index) => locked(`k${index}`, `lock ${index % 4}`, { workflow: 'w' }))
      await add(...jobs)
      const done: string[] = []
      for (let round = 0; round < 40 && done.length < jobs.length; round += 1) {
        const held = (await Promise.all(Array.from({ length: 6 }, () => lease(2, 'light', quotas)))).flat()
        expect(held.length).toBeLessThanOrEqual(3)
        expect(new Set(held.map(({ lockKey }) => lockKey)).size).toBe(held.length)
        await Promise.all(held.map(complete))
        done.push(...keys(held))
      }
      expect(done).toHaveLength(jobs.length)
      expect(new Set(done).size).toBe(jobs.length)
    })
  })
}
