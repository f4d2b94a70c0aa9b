import { describe, expect, test } from 'vitest'
import { newEvent } from '../../../lib/events.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { Quota } from '../domain/quota.ts'
import type { QuotaStore } from './quota-store.ts'

type Opened = { store: QuotaStore; events: () => Promise<string[]> }

let nowMs = Date.UTC(2026, 0, 1)

const sample = (change: Partial<Quota> = {}): Quota => ({
  id: uuidv7(++nowMs),
  accountId: 1,
  scope: 'action',
  name: `Ärger ${nowMs}`,
  maxRunning: 2,
  revision: 1,
  createdAtMs: nowMs,
  ...change,
})

const event = (name: string, { accountId, id }: Quota) =>
  newEvent(name, nowMs, {
    accountId,
    actor: { kind: 'user', id: 'ada', name: 'Ada' },
    subject: { kind: 'quota', id, number: null, name: null },
  })

export function quotaStoreContract(adapter: string, open: () => Promise<Opened>): void {
  describe(`${adapter} is a QuotaStore`, () => {
    test('quotas are kept, listed by pages and shown to their account only', async () => {
      const { store, events } = await open()
      const quotas = [sample(), sample({ scope: 'workflow', maxRunning: 0 }), sample({ accountId: 2 })]
      for (const quota of quotas) await store.add(quota, [event('quota.created', quota)])
      expect(await store.find(1, quotas[0]!.id)).toEqual(quotas[0])
      expect(await store.find(2, quotas[0]!.id)).toBeNull()
      const first = await store.list(1, { limit: 1, cursor: null })
      const second = await store.list(1, { limit: 1, cursor: first.nextCursor })
      expect([...first.items, ...second.items]).toEqual(quotas.slice(0, 2))
      expect(second.nextCursor).toBeNull()
      expect(await store.all()).toEqual(quotas)
      expect(await events()).toHaveLength(3)
    })

    test('a scope and name have one quota in an account, and a change that failed leaves no event', async () => {
      const { store, events } = await open()
      await store.add(sample({ name: 'publish' }), [])
      const second = sample({ name: 'publish' })
      await expect(store.add(second, [event('quota.created', second)])).rejects.toMatchObject({ code: 'conflict' })
      await store.add(sample({ name: 'publish', scope: 'workflow' }), [])
      await store.add(sample({ name: 'publish', accountId: 2 }), [])
      expect(await events()).toEqual([])
    })

    test('a change is refused when somebody else was faster', async () => {
      const { store, events } = await open()
      const quota = sample()
      await store.add(quota, [])
      const changed = { ...quota, maxRunning: 7, revision: 2 }
      await store.save(changed, 1, [event('quota.changed', quota)])
      await expect(store.save(changed, 1, [event('quota.changed', quota)])).rejects.toMatchObject({ code: 'stale' })
      expect(await store.find(1, quota.id)).toEqual(changed)
      expect(await events()).toEqual(['quota.changed'])
    })

    test('what is removed is gone, and its event told once', async () => {
      const { store, events } = await open()
      const quota = sample()
      await store.add(quota, [])
      await store.remove(2, quota.id, [event('quota.removed', quota)])
      expect(await store.find(1, quota.id)).toEqual(quota)
      for (let times = 0; times < 2; times += 1) await store.remove(1, quota.id, [event('quota.removed', quota)])
      expect(await store.find(1, quota.id)).toBeNull()
      expect(await events()).toEqual(['quota.removed'])
    })
  })
}
