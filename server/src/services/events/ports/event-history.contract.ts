import { describe, expect, it } from 'vitest'
import { newEvent } from '../../../lib/events.ts'
import type { EventEnvelope } from '@capstan/contract/events'
import type { EventHistory } from './event-history.ts'

export type EventHistoryUnderTest = { history: EventHistory; append: (events: readonly EventEnvelope[]) => Promise<void> }

const NOW = Date.UTC(2026, 0, 1)
const event = (name: string, change: Partial<EventEnvelope> = {}, atMs = NOW): EventEnvelope => ({
  ...newEvent(name, atMs, {
    accountId: 1,
    actor: { kind: 'system', id: 's', name: 's' },
    subject: { kind: 'asset', id: 'a', number: 1, name: 'a' },
  }),
  ...change,
})
const PAGE = { cursor: null, limit: 10, newestFirst: false }

export function eventHistoryContract(adapter: string, open: () => Promise<EventHistoryUnderTest>): void {
  describe(`${adapter} is an EventHistory`, () => {
    it('answers events as they were, in rising sequence', async () => {
      const { history, append } = await open()
      const given = [event('asset.created', { after: { name: 'Ä "x"' } }), event('asset.changed')]
      await append(given)
      const read = await history.read({}, PAGE)
      expect(read.map(({ sequence: _, ...rest }) => rest)).toEqual(given)
      expect(read[1]!.sequence).toBeGreaterThan(read[0]!.sequence)
      expect(await history.head()).toBe(read[1]!.sequence)
    })

    it('pages from a cursor in both directions without a gap', async () => {
      const { history, append } = await open()
      await append(Array.from({ length: 7 }, () => event('asset.changed')))
      const first = await history.read({}, { ...PAGE, limit: 4 })
      const rest = await history.read({}, { ...PAGE, cursor: first[3]!.sequence })
      expect(rest).toHaveLength(3)
      const newest = await history.read({}, { ...PAGE, limit: 4, newestFirst: true })
      expect(newest[0]!.sequence).toBe(rest[2]!.sequence)
      const older = await history.read({}, { ...PAGE, cursor: newest[3]!.sequence, newestFirst: true })
      expect(older.map(({ sequence }) => sequence)).toEqual(
        first
          .slice(0, 3)
          .map(({ sequence }) => sequence)
          .reverse(),
      )
    })

    it('filters by account, asset, run, job and name', async () => {
      const { history, append } = await open()
      await append([
        event('asset.created', { assetId: 'a1' }),
        event('run.started', { runId: 'r1', accountId: 2 }),
        event('job.completed', { jobId: 'j1', runId: 'r1' }),
      ])
      const names = async (filter: Parameters<EventHistory['read']>[0]) => (await history.read(filter, PAGE)).map(({ name }) => name)
      expect(await names({ assetId: 'a1' })).toEqual(['asset.created'])
      expect(await names({ runId: 'r1' })).toEqual(['run.started', 'job.completed'])
      expect(await names({ runId: 'r1', accountId: 1 })).toEqual(['job.completed'])
      expect(await names({ jobId: 'j1' })).toEqual(['job.completed'])
      expect(await names({ name: 'run.started' })).toEqual(['run.started'])
    })

    it('is empty at first', async () => {
      const { history } = await open()
      expect(await history.head()).toBe(0)
      expect(await history.read({}, PAGE)).toEqual([])
    })

    it('gives no sequence twice, though all before was forgotten', async () => {
      const { history, append } = await open()
      await append([event('asset.created', {}, NOW - 5_000), event('asset.changed', {}, NOW - 5_000)])
      const head = await history.head()
      await history.prune(NOW, 10)
      await append([event('asset.changed')])
      const [newest] = await history.read({}, { ...PAGE, newestFirst: true })
      expect(newest!.sequence).toBeGreaterThan(head)
    })

    it('forgets what is old, never what is younger', async () => {
      const { history, append } = await open()
      await append([event('asset.created', {}, NOW - 5_000), event('asset.changed', {}, NOW)])
      expect(await history.prune(NOW - 1_000, 10)).toBe(1)
      expect((await history.read({}, PAGE)).map(({ name }) => name)).toEqual(['asset.changed'])
    })
  })
}
