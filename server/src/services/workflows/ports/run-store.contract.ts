import { describe, expect, it } from 'vitest'
import { newEvent } from '../../../lib/events.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { Run, UnnumberedRun } from '../domain/run.ts'
import { NOTHING, NOW, sampleRun, type RunStoreUnderTest } from './run-store.samples.ts'
import type { RunOutbox, RunStore } from './run-store.ts'

const event = (name: string, run: Run) =>
  newEvent(name, NOW, {
    accountId: 1,
    actor: { kind: 'system', id: 's', name: 's' },
    subject: { kind: 'run', id: run.id, number: run.number, name: null },
  })

export function runStoreContract(adapter: string, open: () => Promise<RunStoreUnderTest>): void {
  const start = async () => {
    const under = await open()
    const begin = async (key: string, change: Partial<UnnumberedRun> = {}) =>
      (await under.runs.start(sampleRun(key, change), () => NOTHING)).run
    return { ...under, begin }
  }

  describe(`${adapter} is a RunStore`, () => {
    it('answers a run as it was, by id and by number, to its account only', async () => {
      const { runs, begin } = await start()
      const run = await begin('a')
      expect(await runs.find(1, run.id)).toEqual(run)
      expect(await runs.find(1, run.number)).toEqual(run)
      expect(await runs.findMany(1, [run.id, uuidv7()])).toEqual([run])
      expect(await runs.find(2, run.id)).toBeNull()
      expect(await runs.findMany(2, [run.id])).toEqual([])
    })

    it('starts a key once, also when several try at once, with its commands and events', async () => {
      const { runs, commands, events } = await start()
      const outbox = (run: Run): RunOutbox => ({ commands: [{ type: 'cancel', runId: run.id }], events: [event('run.started', run)] })
      const started = await Promise.all(Array.from({ length: 6 }, () => runs.start(sampleRun('same'), outbox)))
      expect(started.filter(({ started: first }) => first)).toHaveLength(1)
      expect(new Set(started.map(({ run }) => run.id)).size).toBe(1)
      expect(await commands.pending(10)).toHaveLength(1)
      expect(await events()).toEqual(['run.started'])
      expect((await runs.start(sampleRun('same', { accountId: 2 }), () => NOTHING)).started).toBe(true)
    })

    it('commits a run with its commands and events, or nothing of it', async () => {
      const { runs, commands, events, begin } = await start()
      const run = await begin('a')
      const next: Run = {
        ...run,
        status: 'completed',
        reason: 'Ä',
        endedAtMs: NOW + 1,
        warnings: [{ nodeId: 'n', message: 'm' }],
        revision: 2,
      }
      await runs.commit(next, 1, { commands: [{ type: 'pause', runId: run.id, paused: true }], events: [event('run.completed', run)] })
      expect(await runs.find(1, run.id)).toEqual(next)
      await expect(
        runs.commit({ ...next, revision: 3 }, 1, { commands: [{ type: 'cancel', runId: run.id }], events: [event('run.failed', run)] }),
      ).rejects.toMatchObject({ code: 'stale' })
      expect((await commands.pending(10)).map(({ command }) => command)).toEqual([{ type: 'pause', runId: run.id, paused: true }])
      expect(await events()).toEqual(['run.completed'])
    })

    it('lets one of several commits win', async () => {
      const { runs, begin } = await start()
      const run = await begin('a')
      const results = await Promise.allSettled(
        Array.from({ length: 6 }, (_, index) => runs.commit({ ...run, revision: 2, reason: String(index) }, 1, NOTHING)),
      )
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    })

    it('remembers handled events, and refuses an effect whose event was handled', async () => {
      const { runs, begin } = await start()
      const run = await begin('a')
      const eventIds = [uuidv7(NOW), uuidv7(NOW + 1)]
      await runs.commit({ ...run, revision: 2 }, 1, { ...NOTHING, handled: { consumer: 'c', eventIds } })
      await expect(
        runs.commit({ ...run, revision: 3 }, 2, { ...NOTHING, handled: { consumer: 'c', eventIds: [eventIds[1]!] } }),
      ).rejects.toMatchObject({ code: 'conflict' })
      expect((await runs.find(1, run.id))?.revision).toBe(2)
      expect(await runs.handled('c', [...eventIds, uuidv7()])).toEqual(new Set(eventIds))
      expect(await runs.handled('d', eventIds)).toEqual(new Set())
      await runs.prune({ endedMs: 0, handledMs: NOW + 1 }, 10)
      expect(await runs.handled('c', eventIds)).toEqual(new Set([eventIds[1]]))
    })

    it('lists by filter, newest first, page by page without a gap', async () => {
      const { runs, begin } = await start()
      for (let index = 0; index < 7; index += 1)
        await begin(
          `k${index}`,
          index % 2 ? { workflow: 'publish', asset: null } : { status: 'failed', reason: `Broke 5${index}%`, endedAtMs: NOW },
        )
      await begin('other', { accountId: 2 })
      const first = await runs.list(1, { filter: {}, sort: '-number', limit: 4, cursor: null })
      const second = await runs.list(1, { filter: {}, sort: '-number', limit: 4, cursor: first.nextCursor })
      expect([...first.items, ...second.items].map(({ key }) => key)).toEqual(['k6', 'k5', 'k4', 'k3', 'k2', 'k1', 'k0'])
      expect(second.nextCursor).toBeNull()
      const keysOf = async (filter: Parameters<RunStore['list']>[1]['filter']) =>
        (await runs.list(1, { filter, sort: 'number', limit: 20, cursor: null })).items.map(({ key }) => key)
      expect(await keysOf({ statuses: ['running', 'paused'] })).toEqual(['k1', 'k3', 'k5'])
      expect(await keysOf({ workflow: 'publish' })).toEqual(['k1', 'k3', 'k5'])
      expect(await keysOf({ assetId: '0198a000-0000-7000-8000-000000000001' })).toEqual(['k0', 'k2', 'k4', 'k6'])
      expect(await keysOf({ text: 'broke 52%' })).toEqual(['k2'])
      await expect(runs.list(1, { filter: {}, sort: 'number', limit: 4, cursor: first.nextCursor })).rejects.toMatchObject({
        code: 'invalid',
      })
    })

    it('finds the sub-runs that have not ended, and removes what ended long ago', async () => {
      const { runs, begin } = await start()
      const parent = await begin('parent')
      const link = { parent: { runId: parent.id, nodeId: 'n', visit: 1 } }
      const child = await begin('child', link)
      await begin('done', { ...link, status: 'completed', endedAtMs: NOW })
      expect(await runs.openChildren(1, parent.id)).toEqual([child.id])
      expect((await runs.find(1, child.id))?.parent).toEqual(link.parent)
      expect(await runs.prune({ endedMs: NOW, handledMs: 0 }, 10)).toBe(0)
      expect(await runs.prune({ endedMs: NOW + 1, handledMs: 0 }, 10)).toBe(1)
    })
  })
}
