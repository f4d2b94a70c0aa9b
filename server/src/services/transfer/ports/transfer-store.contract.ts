import { describe, expect, test } from 'vitest'
import { uuidv7 } from '../../../lib/ids.ts'
import { refused, taken, type Arrival } from '../domain/arrival.ts'
import type { ArrivalPage, TransferStore } from './transfer-store.ts'

let nowMs = Date.UTC(2026, 0, 1)

const sample = (change: Partial<Arrival> = {}): Arrival => ({
  id: uuidv7(++nowMs),
  accountId: 1,
  key: `upload/${uuidv7(nowMs)}`,
  source: 'upload',
  sourceName: 'Ada',
  name: 'Żółw 🐢\n.mov',
  nameBytes: null,
  relativePath: null,
  workflow: 'ingest',
  state: 'receiving',
  sizeBytes: 2 ** 45,
  receivedBytes: 0,
  unverifiedFrom: null,
  bootId: 'b',
  fingerprint: null,
  assetId: uuidv7(nowMs),
  origin: null,
  checksums: {},
  mediaType: 'video/quicktime',
  path: null,
  variables: {},
  runId: null,
  reason: null,
  by: { kind: 'user', id: 'ada', name: 'Ada' },
  mayPublish: true,
  startedAtMs: nowMs,
  updatedAtMs: nowMs,
  expiresAtMs: null,
  ...change,
})

const everything: ArrivalPage = { limit: 50, cursor: null, states: null, source: null, byId: null }

export type TransferStoreUnderTest = {
  store: TransferStore
  /** Names of the events that were committed, oldest first. */
  events: () => Promise<string[]>
}

export function transferStoreContract(adapter: string, openBoth: () => Promise<TransferStoreUnderTest>): void {
  const open = async () => (await openBoth()).store

  describe(`${adapter} is a TransferStore`, () => {
    test('what was added and saved is read back, every field', async () => {
      const store = await open()
      const arrival = await store.add(sample())
      expect(await store.find(1, arrival.id)).toEqual(arrival)
      const changed: Arrival = {
        ...arrival,
        key: 'hot/f/1:2:3:4',
        state: 'taking',
        nameBytes: 'Zuk=',
        relativePath: 'a/b',
        receivedBytes: 2 ** 45,
        unverifiedFrom: 7,
        fingerprint: 'f',
        origin: { path: 'L2E=', identity: '1:2:3:4', sidecars: [{ path: 'L2I=', identity: '1:2:3:5' }] },
        checksums: { sha256: 'a'.repeat(64), md5: 'b'.repeat(32), xxh64: 'c'.repeat(16) },
        path: '1/x/original/original.mov',
        variables: { sidecars: [{ name: 'a.xml', text: '<é/>' }] },
        reason: 'because',
        runId: uuidv7(nowMs),
        expiresAtMs: nowMs,
      }
      await store.save(changed)
      expect(await store.find(1, arrival.id)).toEqual(changed)
      expect(await store.findByKey(1, 'hot/f/1:2:3:4')).toEqual(changed)
      expect(await store.findByKey(1, arrival.key)).toBeNull()
    })

    test('the same key is the same arrival, at the same moment too', async () => {
      const store = await open()
      const [first, second] = await Promise.all([store.add(sample({ key: 'k' })), store.add(sample({ key: 'k' }))])
      expect(second.id).toBe(first.id)
      const other = await store.add(sample({ key: 'k', accountId: 2 }))
      expect(other.id).not.toBe(first.id)
    })

    test('each change of state tells one event, bytes that come in none', async () => {
      const { store, events } = await openBoth()
      const arrival = await store.add(sample({ key: 'k' }))
      await store.add(sample({ key: 'k' }))
      await store.save({ ...arrival, receivedBytes: 7 })
      const decided: Arrival = { ...arrival, state: 'taking' }
      await store.save(decided)
      await store.save(decided)
      await store.save(taken(decided, uuidv7(nowMs), null, nowMs))
      expect(await events()).toEqual(['arrival.started', 'arrival.received', 'arrival.completed'])
      const watched = await store.add(sample({ source: 'hot_folder', state: 'watching' }))
      await store.save({ ...watched, state: 'incomplete' })
      await store.save(refused(watched, 'because', nowMs))
      for (let times = 0; times < 2; times += 1) await store.remove(1, watched.id, nowMs)
      await store.save(watched)
      expect((await events()).slice(3)).toEqual(['arrival.watched', 'arrival.found_incomplete', 'arrival.refused', 'arrival.removed'])
      expect(await store.find(1, watched.id)).toBeNull()
    })

    test('a change that is refused tells nothing', async () => {
      const { store, events } = await openBoth()
      await store.add(sample({ key: 'a' }))
      const second = await store.add(sample({ key: 'b' }))
      await expect(store.save({ ...second, key: 'a', state: 'taking' })).rejects.toMatchObject({ code: 'conflict' })
      expect(await events()).toEqual(['arrival.started', 'arrival.started'])
    })

    test('a key that another arrival holds cannot be taken', async () => {
      const store = await open()
      await store.add(sample({ key: 'a' }))
      const second = await store.add(sample({ key: 'b' }))
      await expect(store.save({ ...second, key: 'a' })).rejects.toMatchObject({ code: 'conflict' })
    })

    test('nothing is shown to another account', async () => {
      const store = await open()
      const arrival = await store.add(sample())
      expect(await store.find(2, arrival.id)).toBeNull()
      await store.remove(2, arrival.id, nowMs)
      expect(await store.find(1, arrival.id)).not.toBeNull()
      expect((await store.list(2, everything)).items).toEqual([])
    })

    test('lists the newest first, by pages, by state, source, person and fingerprint', async () => {
      const store = await open()
      const arrivals = []
      for (let index = 0; index < 5; index++) arrivals.push(await store.add(sample()))
      await store.add(sample({ source: 'hot_folder', state: 'incomplete', by: { kind: 'system', id: 'hot_folder', name: 'Inbox' } }))
      const page = { ...everything, byId: 'ada', limit: 2 }
      const first = await store.list(1, page)
      const second = await store.list(1, { ...page, cursor: first.nextCursor })
      const third = await store.list(1, { ...page, cursor: second.nextCursor })
      expect([first, second, third].flatMap(({ items }) => items.map(({ id }) => id))).toEqual(arrivals.map(({ id }) => id).reverse())
      expect(third.nextCursor).toBeNull()
      expect((await store.list(1, { ...everything, states: ['incomplete'] })).items).toHaveLength(1)
      expect((await store.list(1, { ...everything, source: 'hot_folder' })).items).toHaveLength(1)
      const printed = await store.add(sample({ fingerprint: 'v1-7-a' }))
      await store.add(sample({ fingerprint: 'v1-7-a', accountId: 2 }))
      expect((await store.list(1, { ...everything, fingerprint: 'v1-7-a' })).items).toEqual([printed])
      await expect(store.list(1, { ...everything, cursor: 'nonsense' })).rejects.toMatchObject({ code: 'invalid' })
    })

    test('recovery sees the arrivals of every account, by id', async () => {
      const store = await open()
      const first = await store.add(sample())
      const second = await store.add(sample({ accountId: 2, state: 'taking' }))
      await store.add(sample({ state: 'taken' }))
      expect((await store.inStates(['receiving', 'taking'], '', 10)).map(({ id }) => id)).toEqual([first.id, second.id])
      expect((await store.inStates(['receiving', 'taking'], first.id, 10)).map(({ id }) => id)).toEqual([second.id])
      expect(await store.inStates(['receiving', 'taking'], '', 1)).toHaveLength(1)
    })

    test('only what is final and old is pruned', async () => {
      const store = await open()
      const old = nowMs
      await store.save(taken(await store.add(sample()), null, null, old))
      await store.save(refused(await store.add(sample()), 'because', old))
      await store.save(taken(await store.add(sample()), null, null, old + 10_000))
      const unfinished = await store.add(sample({ updatedAtMs: old }))
      expect(await store.prune(old + 1)).toBe(2)
      expect(await store.find(1, unfinished.id)).not.toBeNull()
      expect((await store.list(1, everything)).items).toHaveLength(2)
    })
  })
}
