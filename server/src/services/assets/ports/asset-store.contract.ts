import { describe, expect, it } from 'vitest'
import { newEvent } from '../../../lib/events.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import { describe as describeAsset, newAsset, toBin, type Asset } from '../domain/asset.ts'
import type { AssetFile } from '../domain/file.ts'
import type { AssetPage, AssetStore } from './asset-store.ts'

const NOW = Date.UTC(2026, 0, 1)
const PAGE: AssetPage = { limit: 10, cursor: null, sort: '-number', deleted: false, kind: null }

const asset = (number: number, change: Partial<Asset> = {}): Asset => ({
  ...newAsset({
    accountId: 1,
    number,
    id: uuidv7(NOW),
    key: `key ${number}`,
    name: `clip ${number}`,
    originalName: `clip ${number}.mov`,
    createdBy: 'ada',
    nowMs: NOW,
  }),
  ...change,
})

export const fileOf = (of: Asset, change: Partial<AssetFile> = {}): AssetFile => ({
  accountId: of.accountId,
  id: uuidv7(NOW),
  assetId: of.id,
  originalName: of.originalName,
  nameBytes: null,
  sizeBytes: 5,
  mediaType: 'video/mp4',
  checksums: {},
  storage: 'media',
  location: 'managed',
  path: `1/${of.id}/original`,
  state: 'present',
  identity: null,
  createdAtMs: NOW,
  ...change,
})

const event = (of: Asset) =>
  newEvent('asset.created', NOW, {
    accountId: of.accountId,
    actor: { kind: 'user', id: 'u', name: 'ada' },
    subject: { kind: 'asset', id: of.id, number: of.number, name: of.name },
  })

export { asset as sampleAsset }

/** `events` answers the names of the events that were committed, oldest first. */
export function assetStoreContract(adapter: string, open: () => Promise<{ assets: AssetStore; events: () => Promise<string[]> }>): void {
  describe(`${adapter} is an AssetStore`, () => {
    it('finds by id and by number what it registered, unchanged', async () => {
      const { assets } = await open()
      const given = asset(1, {
        name: 'Ärger 🎬 "x"',
        tags: ['a b', 'ü'],
        warnings: ['w'],
        kind: 'video',
        flags: ['online', 'published'],
        publishedTo: 'p',
      })
      await assets.register(given, fileOf(given), [])
      expect(await assets.find(1, given.id)).toEqual(given)
      expect(await assets.find(1, 1)).toEqual(given)
    })

    it('answers null for what it never saw and for what another account has', async () => {
      const { assets } = await open()
      const given = asset(1)
      await assets.register(given, null, [])
      expect(await assets.find(1, 2)).toBeNull()
      expect(await assets.find(2, 1)).toBeNull()
      expect(await assets.find(2, given.id)).toBeNull()
    })

    it('registers a key once, answers the first asset and commits one event', async () => {
      const { assets, events } = await open()
      const first = asset(1, { key: 'same' })
      const second = asset(2, { key: 'same' })
      await assets.register(first, null, [event(first)])
      expect((await assets.register(second, null, [event(second)])).id).toBe(first.id)
      expect(await assets.find(1, 2)).toBeNull()
      expect(await events()).toEqual(['asset.created'])
    })

    it('registers one asset when many callers bring the same key at once', async () => {
      const { assets } = await open()
      const answers = await Promise.all([1, 2, 3, 4, 5].map((number) => assets.register(asset(number, { key: 'same' }), null, [])))
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
    })

    it('saves with the events of the change, in one unit', async () => {
      const { assets, events } = await open()
      const given = asset(1)
      await assets.register(given, null, [])
      const changed = describeAsset(given, { name: 'New' }, NOW + 1)
      await assets.save(changed, given.revision, [event(changed)])
      expect(await assets.find(1, 1)).toEqual(changed)
      expect(await events()).toEqual(['asset.created'])
    })

    it('refuses a save from a stale revision, and commits no event of it', async () => {
      const { assets, events } = await open()
      const given = asset(1)
      await assets.register(given, null, [])
      await assets.save(describeAsset(given, { name: 'first' }, NOW), 1, [])
      await expect(assets.save(describeAsset(given, { name: 'second' }, NOW), 1, [event(given)])).rejects.toMatchObject({ code: 'stale' })
      expect((await assets.find(1, 1))?.name).toBe('first')
      expect(await events()).toEqual([])
    })

    it('lets one of two savers win', async () => {
      const { assets } = await open()
      const given = asset(1)
      await assets.register(given, null, [])
      const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => assets.save(describeAsset(given, { name }, NOW), 1, [])))
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    })

    it('pages through a list without a gap or a repeat, while assets are added', async () => {
      const { assets } = await open()
      for (let number = 1; number <= 25; number++) await assets.register(asset(number), null, [])
      const seen: number[] = []
      let cursor: string | null = null
      do {
        const page: { items: Asset[]; nextCursor: string | null } = await assets.list(1, { ...PAGE, cursor })
        seen.push(...page.items.map(({ number }) => number))
        cursor = page.nextCursor
        if (seen.length === 10) await assets.register(asset(26), null, [])
      } while (cursor)
      expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => 25 - index))
    })

    it('sorts names as people do, and keeps apart what differs only by accent or case', async () => {
      const { assets } = await open()
      const names = ['Take 10', 'take 2', 'Ánna', 'anna', 'Zoë', 'anna ']
      for (const [index, name] of names.entries()) await assets.register(asset(index + 1, { name }), null, [])
      const { items } = await assets.list(1, { ...PAGE, sort: 'name' })
      expect(items.map(({ name }) => name)).toEqual(['Ánna', 'anna', 'anna ', 'take 2', 'Take 10', 'Zoë'])
    })

    it('pages over equal sort keys', async () => {
      const { assets } = await open()
      for (let number = 1; number <= 7; number++) await assets.register(asset(number, { sizeBytes: 5 }), null, [])
      const first = await assets.list(1, { ...PAGE, sort: '-size', limit: 4 })
      const second = await assets.list(1, { ...PAGE, sort: '-size', limit: 4, cursor: first.nextCursor })
      expect([...first.items, ...second.items].map(({ number }) => number)).toEqual([7, 6, 5, 4, 3, 2, 1])
      expect(second.nextCursor).toBeNull()
    })

    it('lists the bin apart', async () => {
      const { assets } = await open()
      const given = asset(1)
      await assets.register(given, null, [])
      await assets.register(asset(2), null, [])
      await assets.save(toBin(given, NOW), 1, [])
      expect((await assets.list(1, PAGE)).items.map(({ number }) => number)).toEqual([2])
      expect((await assets.list(1, { ...PAGE, deleted: true })).items.map(({ number }) => number)).toEqual([1])
      expect(await assets.count(1)).toBe(1)
    })

    it('refuses the cursor of another sort order', async () => {
      const { assets } = await open()
      for (let number = 1; number <= 3; number++) await assets.register(asset(number), null, [])
      const { nextCursor } = await assets.list(1, { ...PAGE, limit: 1 })
      await expect(assets.list(1, { ...PAGE, sort: 'name', cursor: nextCursor })).rejects.toMatchObject({ code: 'invalid' })
      await expect(assets.list(1, { ...PAGE, cursor: 'rubbish' })).rejects.toMatchObject({ code: 'invalid' })
    })

    it('answers many in the order asked for, leaving out the unknown', async () => {
      const { assets } = await open()
      for (let number = 1; number <= 3; number++) await assets.register(asset(number), null, [])
      expect((await assets.findMany(1, [3, 9, 1])).map(({ number }) => number)).toEqual([3, 1])
      expect(await assets.findMany(1, [])).toEqual([])
    })
  })
}
