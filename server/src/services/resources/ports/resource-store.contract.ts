import { describe, expect, test } from 'vitest'
import { newEvent } from '../../../lib/events.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { HotFolder } from '../domain/hot-folder.ts'
import type { ResourceStore } from './resource-store.ts'

type Opened = { store: ResourceStore; events: () => Promise<string[]> }

let nowMs = Date.UTC(2026, 0, 1)

const sample = (change: Partial<HotFolder> = {}): HotFolder => ({
  id: uuidv7(++nowMs),
  accountId: 1,
  name: 'Eingang ü',
  path: `/media/${nowMs}`,
  workflow: 'ingest',
  quietSeconds: 0.5,
  enabled: true,
  duplicates: 'refuse',
  revision: 1,
  createdAtMs: nowMs,
  ...change,
})

const event = (name: string, folder: HotFolder) =>
  newEvent(name, nowMs, {
    accountId: folder.accountId,
    actor: { kind: 'user', id: 'ada', name: 'Ada' },
    subject: { kind: 'hot_folder', id: folder.id, number: null, name: folder.name },
  })

export function resourceStoreContract(adapter: string, open: () => Promise<Opened>): void {
  describe(`${adapter} is a ResourceStore`, () => {
    test('hot folders are kept, listed by pages and shown to their account only', async () => {
      const { store, events } = await open()
      const folders = [sample(), sample({ enabled: false }), sample({ accountId: 2 })]
      for (const folder of folders) await store.addHotFolder(folder, [event('hot_folder.created', folder)])
      expect(await store.findHotFolder(1, folders[0]!.id)).toEqual(folders[0])
      expect(await store.findHotFolder(2, folders[0]!.id)).toBeNull()
      const first = await store.listHotFolders(1, { limit: 1, cursor: null })
      const second = await store.listHotFolders(1, { limit: 1, cursor: first.nextCursor })
      expect([...first.items, ...second.items]).toEqual(folders.slice(0, 2))
      expect(second.nextCursor).toBeNull()
      expect(await store.allHotFolders()).toEqual(folders)
      expect(await events()).toHaveLength(3)
    })

    test('a path belongs to one hot folder, and a change that failed leaves no event', async () => {
      const { store, events } = await open()
      const folder = sample({ path: '/media/inbox' })
      await store.addHotFolder(folder, [])
      const second = sample({ path: '/media/inbox' })
      await expect(store.addHotFolder(second, [event('hot_folder.created', second)])).rejects.toMatchObject({ code: 'conflict' })
      expect(await events()).toEqual([])
    })

    test('a change is refused when somebody else was faster', async () => {
      const { store, events } = await open()
      const folder = sample()
      await store.addHotFolder(folder, [])
      const changed = { ...folder, quietSeconds: 3, revision: 2 }
      await store.saveHotFolder(changed, 1, [event('hot_folder.changed', changed)])
      expect(await store.findHotFolder(1, folder.id)).toEqual(changed)
      await expect(store.saveHotFolder({ ...folder, revision: 2 }, 1, [event('hot_folder.changed', folder)])).rejects.toMatchObject({
        code: 'stale',
      })
      expect(await events()).toEqual(['hot_folder.changed'])
    })

    test('removing is told once', async () => {
      const { store, events } = await open()
      const folder = sample()
      await store.addHotFolder(folder, [])
      await store.removeHotFolder(2, folder.id, [event('hot_folder.removed', folder)])
      await store.removeHotFolder(1, folder.id, [event('hot_folder.removed', folder)])
      await store.removeHotFolder(1, folder.id, [event('hot_folder.removed', folder)])
      expect(await store.allHotFolders()).toEqual([])
      expect(await events()).toEqual(['hot_folder.removed'])
    })

    test('storages are known by name; where they lie may change', async () => {
      const { store } = await open()
      const storage = {
        id: uuidv7(nowMs),
        accountId: 1,
        name: 'main',
        url: 'file:///a',
        purpose: 'media',
        lowWaterBytes: null,
        revision: 1,
      } as const
      await store.ensureStorages([storage])
      await store.ensureStorages([{ ...storage, id: uuidv7(nowMs), url: 'file:///b', lowWaterBytes: 5 }])
      expect(await store.storages(1)).toEqual([{ ...storage, url: 'file:///b', lowWaterBytes: 5 }])
      expect(await store.storages(2)).toEqual([])
    })
  })
}
