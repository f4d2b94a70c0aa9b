import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../lib/clock.ts'
import { CapstanError } from '../../../lib/errors.ts'
import { cancelled, completed, failed, leaseExpired } from '../domain/job.ts'
import { jobGates } from './job-queue.gates.ts'
import { LEASE_MS, openJobs, sampleJob, type JobStoresUnderTest } from './job-queue.samples.ts'

const never = (): never => {
  throw new Error('never')
}

export function jobQueueContract(adapter: string, open: (clock: Clock) => Promise<JobStoresUnderTest>): void {
  const start = () => openJobs(open)

  jobGates(adapter, open)

  describe(`${adapter} is a JobQueue`, () => {
    it('hands out what was added, as it was', async () => {
      const { add, lease, get } = await start()
      const asset = { id: '0198a000-0000-7000-8000-000000000001', number: 7, name: 'Ä 😀.mov' }
      expect(await add(sampleJob('a', { asset, runId: '0198a000-0000-7000-8000-000000000002', nodeId: 'n', workflow: 'w' }))).toBe(1)
      const [held] = await lease()
      expect(held).toMatchObject({ key: 'a', state: 'running', attempt: 1, starts: 1, asset, nodeId: 'n', input: { word: 'Ä "x" 😀' } })
      expect(await get(held!.number)).toEqual(held)
    })

    it('adds a key once, also within one call and among several at once, and tells one event', async () => {
      const { add, lease, events } = await start()
      const added = await Promise.all([
        add(sampleJob('a'), sampleJob('a'), sampleJob('b')),
        add(sampleJob('a')),
        add(sampleJob('b'), sampleJob('c')),
      ])
      expect(added.reduce((sum, count) => sum + count)).toBe(3)
      expect(await lease(10)).toHaveLength(3)
      expect((await events()).filter((name) => name === 'job.created')).toHaveLength(3)
    })

    it('keeps the keys of accounts apart', async () => {
      const { add, list } = await start()
      expect(await add(sampleJob('a'), sampleJob('a', { accountId: 2 }))).toBe(2)
      const { items } = await list.list(2, { filter: {}, sort: '-number', limit: 10, cursor: null })
      expect(items).toHaveLength(1)
      expect(await list.find(1, items[0]!.id)).toBeNull()
    })

    it('leases the highest priority first, then the one that is ready longest', async () => {
      const { clock, add, lease } = await start()
      await add(sampleJob('old'))
      clock.advance(1)
      await add(sampleJob('new'), sampleJob('urgent', { priority: 90 }), sampleJob('slow', { priority: 10 }))
      expect((await lease(4)).map(({ key }) => key)).toEqual(['urgent', 'old', 'new', 'slow'])
    })

    it('leases only from the pools and kinds that were asked for', async () => {
      const { add, lease, queue } = await start()
      await add(sampleJob('a'), sampleJob('b', { kind: 'proxy' }), sampleJob('c', { kind: 'unheard' }))
      expect((await lease(10, 'encode')).map(({ key }) => key)).toEqual(['b'])
      expect(await queue.lease([{ pool: 'light', kinds: [], limit: 5 }], { take: never, delay: never }, [])).toEqual([])
      expect((await lease(10)).map(({ key }) => key)).toEqual(['a'])
    })

    it('never hands one job to two workers', async () => {
      const { add, lease } = await start()
      await add(...Array.from({ length: 40 }, (_, index) => sampleJob(`k${index}`)))
      const taken = (await Promise.all(Array.from({ length: 8 }, () => lease(7)))).flat().map(({ number }) => number)
      const rest = (await lease(40)).map(({ number }) => number)
      expect(new Set([...taken, ...rest]).size).toBe(taken.length + rest.length)
      expect(taken.length + rest.length).toBe(40)
    })

    it('holds a job back until its time', async () => {
      const { clock, add, lease } = await start()
      await add(sampleJob('later', { readyAtMs: clock.now() + 5_000 }))
      expect(await lease()).toEqual([])
      clock.advance(5_000)
      expect((await lease()).map(({ key }) => key)).toEqual(['later'])
    })

    it('records how an attempt ended together with its event', async () => {
      const { clock, add, lease, end, get, events } = await start()
      await add(sampleJob('a'))
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
      await add(sampleJob('a', { attemptsMax: 2 }))
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
      await add(sampleJob('a'))
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
      await add(sampleJob('a'), sampleJob('b'))
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
      await add(sampleJob('a'), sampleJob('b'), sampleJob('c'))
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
      await add(sampleJob('a'))
      const numbers = await list.numbers(1, {}, 0, 1)
      const raise = () => queue.change(numbers, (before) => ({ job: { ...before, priority: before.priority + 1 }, events: [] }))
      await Promise.all(Array.from({ length: 10 }, raise))
      expect((await list.find(1, numbers[0]!))?.priority).toBe(60)
    })

    it('removes what ended long ago, with its log', async () => {
      const { clock, add, lease, end, queue, list, log } = await start()
      await add(sampleJob('a'), sampleJob('b'))
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
}
