import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Right } from '@capstan/contract/rights'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { newEvent } from '../../lib/events.ts'
import { LiveStream } from './live-stream.ts'
import type { EventHistory, SequencedEvent } from './ports/event-history.ts'

const HEARTBEAT_MS = 15_000

class Browser extends EventEmitter {
  text = ''
  closed = false
  writableLength = 0
  write(frame: string): boolean {
    this.text += frame
    return true
  }
  /** What was written is read to its end first. */
  end(): void {
    this.closed = true
  }
  leave(): void {
    this.closed = true
    this.emit('close')
  }
  get response(): ServerResponse {
    return this as unknown as ServerResponse
  }
}

const events: SequencedEvent[] = []
const history = {
  head: async () => events.length,
  read: async (_filter, { cursor }) => events.filter(({ sequence }) => sequence > (cursor ?? 0)),
} as Pick<EventHistory, 'head' | 'read'> as EventHistory

let stream: LiveStream
beforeEach(() => {
  vi.useFakeTimers()
  events.length = 0
  stream = new LiveStream(history)
})
afterEach(() => {
  stream.close()
  vi.useRealTimers()
})

function happen(kind: string, after: Record<string, unknown>): Promise<void> {
  const subject = { kind, id: 's', number: null, name: null }
  const actor = { kind: 'user', id: 'u', name: 'ada' } as const
  events.push({ ...newEvent(`${kind}.changed`, 0, { accountId: 1, actor, subject, after }), sequence: events.length + 1 })
  stream.wake()
  return vi.advanceTimersByTimeAsync(1).then(() => undefined)
}

async function listen(rights: readonly Right[], userId = 'ada', currentRights = async () => new Set(rights) as ReadonlySet<Right>) {
  const browser = new Browser()
  stream.demandRoom(userId)
  await stream.open(browser.response, { accountId: 1, userId, rights: new Set(rights), after: null, currentRights })
  return browser
}

test('a person has twenty streams, told clearly at the next; another person is not held back, and a closed one makes room', async () => {
  const browsers = await Promise.all(Array.from({ length: 20 }, () => listen(['see'])))
  await expect(listen(['see'])).rejects.toMatchObject({
    code: 'rate_limited',
    details: { reason: 'too_many_streams', max: 20, retryAfterSeconds: 60 },
  })
  await listen(['see'], 'bob')
  browsers[0]!.leave()
  await listen(['see'])
})

test('server paths are for those who operate or administer; others hear that it happened', async () => {
  const [viewer, operator, administrator] = [await listen(['see']), await listen(['see', 'operate']), await listen(['administer'])]
  await happen('hot_folder', { name: 'Inbox', path: '/srv/inbox' })
  for (const { text } of [viewer, operator, administrator]) expect(text).toContain('"Inbox"')
  expect(viewer.text).not.toContain('/srv/inbox')
  for (const { text } of [operator, administrator]) expect(text).toContain('/srv/inbox')
})

test('what is about users is for administrators', async () => {
  const [operator, administrator] = [await listen(['see', 'operate']), await listen(['administer'])]
  await happen('user', { name: 'mallory' })
  expect(operator.text).not.toContain('mallory')
  expect(administrator.text).toContain('mallory')
})

test('who loses a right sees less from the next beat on, who loses them all nothing', async () => {
  let rights: readonly Right[] = ['see', 'administer']
  const browser = await listen(rights, 'ada', async () => new Set(rights))
  rights = ['see']
  await vi.advanceTimersByTimeAsync(HEARTBEAT_MS)
  await happen('user', { name: 'mallory' })
  expect(browser.text).not.toContain('mallory')
  rights = []
  await vi.advanceTimersByTimeAsync(HEARTBEAT_MS)
  expect(stream.size).toBe(0)
})

test('who left before the stream began takes no place', async () => {
  const browser = new Browser()
  browser.leave()
  const listener = {
    accountId: 1,
    userId: 'ada',
    rights: new Set<Right>(['see']),
    after: null,
    currentRights: async () => new Set<Right>(),
  }
  await stream.open(browser.response, listener)
  expect(stream.size).toBe(0)
})
