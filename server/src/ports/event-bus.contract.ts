import type { EventEnvelope } from '@capstan/contract/events'
import { describe, expect, it, vi } from 'vitest'
import { newEvent } from '../lib/events.ts'
import type { EventBus } from './event-bus.ts'

/** A platform's worth of events: `emit` commits them as a service would; `reopen` is the same store in a new process. */
export type EventBusUnderTest = {
  bus: EventBus
  emit: (names: readonly string[]) => Promise<void>
  reopen: () => Promise<EventBusUnderTest>
}

export const sampleEvent = (name: string): EventEnvelope =>
  newEvent(name, Date.now(), {
    accountId: 1,
    actor: { kind: 'system', id: 's', name: 's' },
    subject: { kind: 'asset', id: 'a', number: 1, name: 'a' },
  })

export function eventBusContract(adapter: string, open: () => Promise<EventBusUnderTest>): void {
  const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 10 })

  describe(`${adapter} is an EventBus`, () => {
    it('delivers events in the order in which they were committed', async () => {
      const { bus, emit } = await open()
      const seen: string[] = []
      await bus.subscribe({ consumer: 'c', names: 'all' }, async (events) => void seen.push(...events.map(({ name }) => name)))
      const names = Array.from({ length: 450 }, (_, index) =>
        `asset.n${index}`.replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? ''),
      )
      await emit(names)
      await until(() => expect(seen).toHaveLength(450))
      expect(seen).toEqual(names)
    })

    it('delivers only the names that were asked for', async () => {
      const { bus, emit } = await open()
      const seen: string[] = []
      await bus.subscribe({ consumer: 'c', names: ['job.completed'] }, async (events) => void seen.push(...events.map(({ name }) => name)))
      await emit(['asset.created', 'job.completed', 'asset.changed', 'job.completed'])
      await until(() => expect(seen).toEqual(['job.completed', 'job.completed']))
    })

    it('gives a batch again when its handler failed, and nothing is lost or out of order', async () => {
      const { bus, emit } = await open()
      const seen: string[] = []
      let failures = 2
      await bus.subscribe({ consumer: 'c', names: 'all' }, async (events) => {
        if (failures-- > 0) throw new Error('not now')
        seen.push(...events.map(({ name }) => name))
      })
      await emit(['asset.a', 'asset.b'])
      await until(() => expect(seen).toEqual(['asset.a', 'asset.b']))
    })

    it('lets a slow or failing consumer hold nobody else up', async () => {
      const { bus, emit } = await open()
      const seen: string[] = []
      await bus.subscribe({ consumer: 'broken', names: 'all' }, async () => Promise.reject(new Error('never')))
      await bus.subscribe({ consumer: 'works', names: 'all' }, async (events) => void seen.push(...events.map(({ name }) => name)))
      await emit(['asset.a', 'asset.b'])
      await until(() => expect(seen).toEqual(['asset.a', 'asset.b']))
      await until(async () => expect((await bus.lag())['broken']).toBe(2))
      await bus.close()
    })

    it('goes on after a restart where each consumer was', async () => {
      const first = await open()
      const before: string[] = []
      await first.bus.subscribe({ consumer: 'c', names: 'all' }, async (events) => void before.push(...events.map(({ name }) => name)))
      await first.emit(['asset.a'])
      await until(() => expect(before).toEqual(['asset.a']))
      await first.bus.close()
      await first.emit(['asset.b'])
      const second = await first.reopen()
      const after: string[] = []
      await second.bus.subscribe({ consumer: 'c', names: 'all' }, async (events) => void after.push(...events.map(({ name }) => name)))
      await until(() => expect(after).toEqual(['asset.b']))
    })

    it('says that the history has grown', async () => {
      const { bus, emit } = await open()
      const listener = vi.fn()
      bus.onGrown(listener)
      await emit(['asset.a'])
      await until(() => expect(listener).toHaveBeenCalled())
    })

    it('lets a new consumer begin with the first event there is', async () => {
      const { bus, emit } = await open()
      await emit(['asset.a', 'job.b'])
      const seen: number[] = []
      await bus.subscribe({ consumer: 'late', names: 'all' }, async (events) => void seen.push(...events.map(({ sequence }) => sequence)))
      await emit(['asset.c'])
      await until(() => expect(seen).toHaveLength(3))
      expect(seen).toEqual([...seen].sort((a, b) => a - b))
    })

    it('delivers nothing after it was closed', async () => {
      const { bus, emit } = await open()
      const handle = vi.fn(async () => {})
      await bus.subscribe({ consumer: 'c', names: 'all' }, handle)
      await bus.close()
      await emit(['asset.a'])
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(handle).not.toHaveBeenCalled()
    })
  })
}
