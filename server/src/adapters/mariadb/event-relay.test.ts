import type { EventEnvelope } from '@capstan/contract/events'
import { afterAll, describe, expect, it } from 'vitest'
import { sampleEvent } from '../../ports/event-bus.contract.ts'
import { all, statement } from '../sql/database.ts'
import { appendEvents } from '../sql/outbox.ts'
import type { MariadbDatabase } from './database.ts'
import { MariadbEventRelay } from './event-relay.ts'
import { MariadbLease } from './lease.ts'
import { mariadbForTests } from './testing.ts'

const mariadb = await mariadbForTests()
afterAll(() => mariadb?.stop())

/** A history in memory: a place is given once, an event keeps its place. */
const historyForTests = () => {
  const events: (EventEnvelope & { sequence: number })[] = []
  const append = async (more: readonly EventEnvelope[]) => {
    for (const event of more) if (!events.some(({ id }) => id === event.id)) events.push({ ...event, sequence: events.length + 1 })
    return events.filter(({ id }) => more.some((event) => event.id === id))
  }
  return { events, append }
}

describe.skipIf(mariadb === null)('the relay on MariaDB', () => {
  const emit = (database: MariadbDatabase, service: 'assets' | 'jobs', name: string) =>
    database.write(() => appendEvents(database, service, [sampleEvent(name)]))
  const left = async (database: MariadbDatabase) =>
    (await database.read(() => all(statement('select 1 from assets_outbox union all select 1 from jobs_outbox')))).length
  const passing = async () => {}

  it('moves each event once and leaves no row, with many at work', async () => {
    const database = await mariadb!.open()
    const history = historyForTests()
    const lease = () => new MariadbLease(database, { name: 'relay', holder: `${Math.random()}` })
    const relays = [1, 2, 3].map(
      () => new MariadbEventRelay(database, lease(), { append: history.append, publish: passing, tellHolder: () => {} }),
    )
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => emit(database, index % 2 ? 'jobs' : 'assets', `asset.n${'x'.repeat(index + 1)}`)),
    )
    await Promise.all(relays.map((relay) => relay.pump()))
    await expect.poll(() => left(database)).toBe(0)
    expect(new Set(history.events.map(({ name }) => name)).size).toBe(60)
    await Promise.all(relays.map((relay) => relay.close()))
  })

  it('loses no event whose number was drawn earlier and committed later', async () => {
    const database = await mariadb!.open()
    const history = historyForTests()
    const lease = new MariadbLease(database, { name: 'relay', holder: 'a' })
    const relay = new MariadbEventRelay(database, lease, { append: history.append, publish: passing, tellHolder: () => {} })
    const slow = database.write(function* () {
      yield* appendEvents(database, 'assets', [sampleEvent('asset.early')])
      yield statement('select sleep(0.4)')
    })
    await new Promise((resolve) => setTimeout(resolve, 150))
    await emit(database, 'assets', 'asset.late')
    await relay.pump()
    expect(history.events.map(({ name }) => name)).toEqual(['asset.late'])
    await slow
    await relay.pump()
    expect(history.events.map(({ name }) => name)).toEqual(['asset.late', 'asset.early'])
    expect(await left(database)).toBe(0)
    await relay.close()
  })

  it('leaves the work to the holder, and tells it', async () => {
    const database = await mariadb!.open()
    const holder = new MariadbLease(database, { name: 'relay', holder: 'a' })
    await holder.hold()
    let told = 0
    const other = new MariadbEventRelay(database, new MariadbLease(database, { name: 'relay', holder: 'b' }), {
      append: () => Promise.reject(new Error('not mine')),
      publish: passing,
      tellHolder: () => (told += 1),
    })
    await other.pump()
    expect(told).toBe(1)
    await other.close()
    await holder.release()
  })

  it('removes nothing under a fence that is not the newest', async () => {
    const database = await mariadb!.open()
    const history = historyForTests()
    const rival = new MariadbLease(database, { name: 'relay', holder: 'b' })
    const asleep = new MariadbEventRelay(database, new MariadbLease(database, { name: 'relay', holder: 'a' }), {
      append: async (events) => {
        const appended = await history.append(events)
        await rival.hold(true)
        return appended
      },
      publish: passing,
      tellHolder: () => {},
    })
    await emit(database, 'assets', 'asset.a')
    await asleep.pump()
    expect(history.events).toHaveLength(1)
    expect(await left(database)).toBe(1)
    const next = new MariadbEventRelay(database, rival, { append: history.append, publish: passing, tellHolder: () => {} })
    await next.pump()
    expect(history.events).toHaveLength(1)
    expect(await left(database)).toBe(0)
    await Promise.all([asleep.close(), next.close()])
  })

  it('goes on when telling everybody failed', async () => {
    const database = await mariadb!.open()
    const history = historyForTests()
    const lease = new MariadbLease(database, { name: 'relay', holder: 'a' })
    const publish = () => Promise.reject(new Error('no broker'))
    const relay = new MariadbEventRelay(database, lease, { append: history.append, publish, tellHolder: () => {} })
    await emit(database, 'assets', 'asset.a')
    await relay.pump()
    expect([history.events.length, await left(database)]).toEqual([1, 0])
    await relay.close()
  })
})

describe.skipIf(mariadb === null)('a lease on MariaDB', () => {
  it('is held by one, with a fence that grows with each holder', async () => {
    const database = await mariadb!.open()
    const leases = Array.from({ length: 6 }, (_, index) => new MariadbLease(database, { name: 'l', holder: `${index}`, leaseMs: 300 }))
    const fences = await Promise.all(leases.map((lease) => lease.hold()))
    expect(fences.filter((fence) => fence !== null)).toEqual([1])
    const holder = leases[fences.indexOf(1)]!
    const other = leases[(fences.indexOf(1) + 1) % 6]!
    await holder.release()
    expect(await other.hold()).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(await holder.hold()).toBe(3)
    await expect(database.write(() => other.requireFence())).rejects.toMatchObject({ code: 'conflict' })
    await database.write(() => holder.requireFence())
  })

  it('stays with who renews it', async () => {
    const database = await mariadb!.open()
    const [holder, other] = ['a', 'b'].map((name) => new MariadbLease(database, { name: 'l', holder: name, leaseMs: 300 })) as [
      MariadbLease,
      MariadbLease,
    ]
    for (let round = 0; round < 6; round += 1) {
      expect(await holder.hold()).toBe(1)
      expect(await other.hold()).toBeNull()
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })
})
