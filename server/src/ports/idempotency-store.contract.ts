import { describe, expect, it } from 'vitest'
import type { IdempotencyStore } from './idempotency-store.ts'

const KEY = { accountId: 1, userId: 'ada', key: 'k1' }
const STALE_MS = 60_000

export function idempotencyStoreContract(adapter: string, open: () => Promise<IdempotencyStore>): void {
  describe(`${adapter} is an IdempotencyStore`, () => {
    it('claims a key for one request, and answers its repetition with the kept answer', async () => {
      const store = await open()
      expect(await store.begin(KEY, 'h', 0, STALE_MS)).toEqual({ state: 'new' })
      expect(await store.begin(KEY, 'h', 10, STALE_MS)).toEqual({ state: 'running' })
      await store.answer(KEY, { status: 201, reply: '{"id":"x"}' })
      expect(await store.begin(KEY, 'h', 20, STALE_MS)).toEqual({ state: 'answered', reply: { status: 201, reply: '{"id":"x"}' } })
    })

    it('refuses the key for another request, and keeps accounts and users apart', async () => {
      const store = await open()
      await store.begin(KEY, 'h', 0, STALE_MS)
      expect(await store.begin(KEY, 'other', 0, STALE_MS)).toEqual({ state: 'other' })
      expect(await store.begin({ ...KEY, accountId: 2 }, 'other', 0, STALE_MS)).toEqual({ state: 'new' })
      expect(await store.begin({ ...KEY, userId: 'bob' }, 'other', 0, STALE_MS)).toEqual({ state: 'new' })
    })

    it('lets one of many callers at once begin', async () => {
      const store = await open()
      const begun = await Promise.all([1, 2, 3, 4].map(() => store.begin(KEY, 'h', 0, STALE_MS)))
      expect(begun.filter(({ state }) => state === 'new')).toHaveLength(1)
    })

    it('takes over a claim whose process died', async () => {
      const store = await open()
      await store.begin(KEY, 'h', 0, STALE_MS)
      expect(await store.begin(KEY, 'h', STALE_MS + 1, STALE_MS)).toEqual({ state: 'new' })
    })

    it('may be asked again after a failure', async () => {
      const store = await open()
      await store.begin(KEY, 'h', 0, STALE_MS)
      await store.forget(KEY)
      expect(await store.begin(KEY, 'changed', 0, STALE_MS)).toEqual({ state: 'new' })
    })

    it('forgets old keys', async () => {
      const store = await open()
      await store.begin(KEY, 'h', 100, STALE_MS)
      expect(await store.prune(100)).toBe(0)
      expect(await store.prune(101)).toBe(1)
    })
  })
}
