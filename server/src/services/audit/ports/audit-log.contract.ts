import { describe, expect, it } from 'vitest'
import { uuidv7 } from '../../../lib/ids.ts'
import type { AuditEntry, AuditLog } from './audit-log.ts'

const NOW = Date.UTC(2026, 0, 1)
const DAY_MS = 86_400_000
const entry = (action: string, change: Partial<AuditEntry> = {}): AuditEntry => ({
  accountId: 1,
  id: uuidv7(NOW),
  atMs: NOW,
  actor: { kind: 'user', id: 'ada', name: 'Ada' },
  action,
  outcome: 'done',
  subject: { kind: 'asset', id: 'a1', number: 1, name: 'clip' },
  before: null,
  after: { name: 'x' },
  requestId: null,
  address: '127.0.0.1',
  ...change,
})
const PAGE = { cursor: null, limit: 10 }

export function auditLogContract(adapter: string, open: () => Promise<AuditLog>): void {
  describe(`${adapter} is an AuditLog`, () => {
    it('answers entries newest first, as they were', async () => {
      const log = await open()
      const given = [entry('asset.created'), entry('asset.changed')]
      await log.append(given)
      expect((await log.list(1, {}, PAGE)).map(({ sequence: _, ...rest }) => rest)).toEqual([...given].reverse())
    })

    it('keeps an entry once, however often it is brought', async () => {
      const log = await open()
      const same = entry('asset.created')
      await log.append([same])
      await log.append([same, entry('asset.changed')])
      expect(await log.list(1, {}, PAGE)).toHaveLength(2)
    })

    it('keeps every entry once when several append at the same moment', async () => {
      const log = await open()
      const shared = entry('a.shared')
      await Promise.all(Array.from({ length: 8 }, (_, index) => log.append([entry(`a.own${index}`), shared])))
      expect((await log.list(1, {}, PAGE)).map(({ action }) => action).sort()).toEqual(
        [...Array.from({ length: 8 }, (_, index) => `a.own${index}`), 'a.shared'].sort(),
      )
    })

    it('filters by actor, subject and action within an account, and pages', async () => {
      const log = await open()
      await log.append([
        entry('a.b', { actor: { kind: 'user', id: 'bob', name: 'Bob' } }),
        entry('a.c', { accountId: 2 }),
        entry('a.d'),
        entry('a.d', { subject: { kind: 'asset', id: 'a2', number: 2, name: null } }),
      ])
      const actions = async (filter: Parameters<AuditLog['list']>[1]) => (await log.list(1, filter, PAGE)).map(({ action }) => action)
      expect(await actions({ actor: 'bob' })).toEqual(['a.b'])
      expect(await actions({ subject: 'a2' })).toEqual(['a.d'])
      expect(await actions({ action: 'a.d' })).toEqual(['a.d', 'a.d'])
      const [newest] = await log.list(1, {}, { cursor: null, limit: 1 })
      expect(await log.list(1, {}, { cursor: newest!.sequence, limit: 10 })).toHaveLength(2)
    })

    it('forgets the days that are older than the rule says', async () => {
      const log = await open()
      await log.append([entry('a.old', { atMs: NOW - 3 * DAY_MS }), entry('a.new')])
      expect(await log.prune(NOW - DAY_MS, 10)).toBe(1)
      expect(await log.prune(NOW - DAY_MS, 10)).toBe(0)
      expect((await log.list(1, {}, PAGE)).map(({ action }) => action)).toEqual(['a.new'])
    })
  })
}
