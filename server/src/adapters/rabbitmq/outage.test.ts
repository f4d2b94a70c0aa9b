import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import type { DeliveredEvent } from '../../ports/event-bus.ts'
import { all, statement } from '../sql/database.ts'
import { eventStoresForTests, type EventProcess } from './testing.ts'

const stores = await eventStoresForTests()
afterAll(() => stores?.stop())
afterEach(() => stores?.closeProcesses())

const until = (check: () => void | Promise<void>, timeout = 20_000) => vi.waitFor(check, { timeout, interval: 20 })
const LETTERS = 'abcdefghij'
const namesFrom = (start: number, count: number) =>
  Array.from({ length: count }, (_, index) => `asset.n${[...`${start + index}`].map((digit) => LETTERS[Number(digit)]).join('')}`)

/** What a consumer has seen, and that it saw it in order. */
const recorder = () => {
  const seen: DeliveredEvent[] = []
  const names = () => seen.map(({ name }) => name)
  return { seen, names, handle: async (events: readonly DeliveredEvent[]) => void seen.push(...events) }
}

describe.skipIf(stores === null)('events over a RabbitMQ that fails', () => {
  const ALL = { consumer: 'c', names: 'all' } as const

  it('brings events by the broker, without asking the history', async () => {
    const { openProcess } = await stores!.open()
    const process = await openProcess()
    const a = recorder()
    await process.bus.subscribe(ALL, a.handle)
    await process.emit(['asset.first'])
    await until(() => expect(a.seen).toHaveLength(1))
    const asked = vi.spyOn(process.history, 'read')
    const delays: number[] = []
    for (let round = 1; round <= 20; round += 1) {
      const startedMs = performance.now()
      await process.emit(namesFrom(round, 1))
      await until(() => expect(a.seen).toHaveLength(1 + round))
      delays.push(performance.now() - startedMs)
    }
    expect(asked).not.toHaveBeenCalled()
    expect(delays.sort((x, y) => x - y)[10]).toBeLessThan(500)
  })

  it('serves one of several processes, and the next one when that one ends', async () => {
    const { openProcess } = await stores!.open()
    const [first, second] = [await openProcess(), await openProcess()]
    const [a, b] = [recorder(), recorder()]
    await first.bus.subscribe(ALL, a.handle)
    const queue = { queue: first.broker.names.queueOf('c'), passive: true }
    await until(async () => expect((await first.broker.connection.queueDeclare(queue)).consumerCount).toBe(1))
    await second.bus.subscribe(ALL, b.handle)
    await second.emit(namesFrom(0, 30))
    await until(() => expect(a.names()).toEqual(namesFrom(0, 30)))
    expect(b.names()).toEqual([])
    await first.bus.close()
    await second.emit(namesFrom(30, 30))
    await until(() => expect(b.names()).toEqual(namesFrom(30, 30)))
    expect(a.seen).toHaveLength(30)
  })

  it('takes over at once from a process that was killed, and repeats at most what it had not saved', async () => {
    const { openProcess } = await stores!.open()
    const [first, second] = [await openProcess(), await openProcess()]
    const b = recorder()
    let isStuck = false
    await first.bus.subscribe(ALL, async () => {
      isStuck = true
      await new Promise(() => {})
    })
    await second.bus.subscribe(ALL, b.handle)
    await second.emit(namesFrom(0, 10))
    await until(() => expect(isStuck || b.seen.length > 0).toBe(true))
    // As a kill does: the connection goes, the lease stays.
    first.broker.connection.unsafeDestroy()
    await until(() => expect(b.names()).toEqual(namesFrom(0, 10)))
  })

  it('delays events while the broker is stopped, and loses none', async () => {
    const { openProcess } = await stores!.open()
    const process = await openProcess()
    const a = recorder()
    await process.bus.subscribe(ALL, a.handle)
    await process.emit(namesFrom(0, 20))
    await until(() => expect(a.seen).toHaveLength(20))
    await stores!.rabbitmq.control!.kill()
    await process.emit(namesFrom(20, 20))
    await until(() => expect(a.names()).toEqual(namesFrom(0, 40)))
    await stores!.rabbitmq.control!.restart()
    await process.emit(namesFrom(40, 20))
    await until(() => expect(a.names()).toEqual(namesFrom(0, 60)))
    await until(async () => expect(process.broker.connection.ready).toBe(true))
    await process.emit(namesFrom(60, 20))
    await until(() => expect(a.names()).toEqual(namesFrom(0, 80)))
  }, 90_000)

  it('reads from the history what a wiped queue lost, in its place', async () => {
    const { openProcess } = await stores!.open()
    const process = await openProcess()
    const a = recorder()
    let isHeld = true
    await process.bus.subscribe({ ...ALL, batchMax: 1 }, async (events) => {
      while (isHeld) await new Promise((resolve) => setTimeout(resolve, 10))
      await a.handle(events)
    })
    for (let start = 0; start < 60; start += 3) await process.emit(namesFrom(start, 3))
    await process.broker.connection.queuePurge(process.broker.names.queueOf('c'))
    await process.emit(namesFrom(60, 3))
    isHeld = false
    await until(() => expect(a.names()).toEqual(namesFrom(0, 63)))
  })

  it('acknowledges what comes twice without handing it out again', async () => {
    const { openProcess } = await stores!.open()
    const process = await openProcess()
    const a = recorder()
    await process.bus.subscribe(ALL, a.handle)
    await process.emit(namesFrom(0, 5))
    await until(() => expect(a.seen).toHaveLength(5))
    await process.bus.publish(a.seen.slice(1, 4))
    await process.emit(namesFrom(5, 1))
    await until(() => expect(a.names()).toEqual(namesFrom(0, 6)))
    const { messageCount } = await process.broker.connection.queueDeclare({ queue: process.broker.names.queueOf('c'), passive: true })
    expect(messageCount).toBe(0)
  })

  it('sets an event aside that always fails, tells why, and goes on', async () => {
    const { openProcess, database } = await stores!.open()
    const process = await openProcess()
    const a = recorder()
    await process.bus.subscribe(ALL, async (events) => {
      if (events.some(({ name }) => name === 'asset.poison')) throw new Error('cannot stomach it')
      await a.handle(events)
    })
    await process.emit(['asset.before', 'asset.poison', 'asset.after'])
    await until(() => expect(a.names()).toEqual(['asset.before', 'asset.after']))
    const dead = await database.read(() => all(statement('select consumer, sequence, reason from events_dead_letter')))
    expect(dead).toEqual([{ consumer: 'c', sequence: 2, reason: 'cannot stomach it' }])
  })

  it('sets an event aside that ends every process that handles it', async () => {
    const { openProcess, database } = await stores!.open()
    const emitter = await openProcess()
    await emitter.emit(['asset.before', 'asset.poison', 'asset.after'])
    const a = recorder()
    let died = 0
    const live = async (): Promise<EventProcess> => {
      const process = await openProcess()
      const death = Promise.withResolvers<boolean>()
      await process.bus.subscribe(ALL, async (events) => {
        if (events.some(({ name }) => name === 'asset.poison')) {
          died += 1
          death.resolve(true)
          await new Promise(() => {})
        }
        await a.handle(events)
      })
      const isOver = await Promise.race([death.promise, until(() => expect(a.names()).toContain('asset.after')).then(() => false)])
      if (!isOver) return process
      process.broker.connection.unsafeDestroy()
      // The next process finds the lease run out, as it does some seconds after a kill.
      await database.write(function* () {
        yield statement('update platform_lease set until_ms = 0')
      })
      return live()
    }
    await live()
    expect(a.names()).toEqual(['asset.before', 'asset.after'])
    expect(died).toBeGreaterThan(2)
    expect(await database.read(() => all(statement('select sequence from events_dead_letter')))).toEqual([{ sequence: 2 }])
  }, 60_000)

  it('puts a message that is none of ours aside and goes on', async () => {
    const { openProcess } = await stores!.open()
    const process = await openProcess()
    const a = recorder()
    await process.bus.subscribe(ALL, a.handle)
    await process.emit(namesFrom(0, 1))
    await until(() => expect(a.seen).toHaveLength(1))
    await process.broker.send(process.broker.names.events, 'asset', 'rubbish', { durable: true })
    await process.emit(namesFrom(1, 1))
    await until(() => expect(a.names()).toEqual(namesFrom(0, 2)))
    const deadLetters = async () =>
      (await process.broker.connection.queueDeclare({ queue: process.broker.names.dead, passive: true })).messageCount
    await until(async () => expect(await deadLetters()).toBe(1))
  })

  it('wakes every process that listens, also while the broker is away', async () => {
    const { openProcess } = await stores!.open()
    const [first, second] = [await openProcess(), await openProcess()]
    const [a, b] = [vi.fn(), vi.fn()]
    first.bus.onGrown(a)
    second.bus.onGrown(b)
    await first.emit(['asset.a'])
    await until(() => [a, b].forEach((listener) => expect(listener).toHaveBeenCalled()))
    await stores!.rabbitmq.control!.kill()
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    b.mockClear()
    await first.emit(['asset.b'])
    await until(() => expect(b).toHaveBeenCalled(), 3_000)
    await stores!.rabbitmq.control!.restart()
  }, 90_000)
})
