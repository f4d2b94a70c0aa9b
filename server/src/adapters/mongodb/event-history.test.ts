import { afterAll, describe, expect, it } from 'vitest'
import { newEvent } from '../../lib/events.ts'
import { eventHistoryContract } from '../../services/events/ports/event-history.contract.ts'
import { MongodbEventHistory } from './event-history.ts'
import { mongodbForTests } from './testing.ts'

const mongodb = await mongodbForTests()
afterAll(() => mongodb?.stop())

const event = (name: string, atMs = 0) =>
  newEvent(name, atMs, {
    accountId: 1,
    actor: { kind: 'system', id: 's', name: 's' },
    subject: { kind: 'asset', id: 'a', number: 1, name: 'a' },
  })
const READ_ALL = { cursor: null, limit: 1_000, newestFirst: false }
const everybodyRead = async () => Number.MAX_SAFE_INTEGER

describe.skipIf(mongodb === null)('on a MongoDB', () => {
  eventHistoryContract('mongodb', async () => {
    const history = await MongodbEventHistory.open(await mongodb!.open(), everybodyRead)
    return {
      history,
      append: async (events) => {
        await history.append(events)
      },
    }
  })

  it('gives every event one place without a gap, however many relays append the same at once', async () => {
    const database = await mongodb!.open()
    const relays = await Promise.all([1, 2, 3, 4].map(() => MongodbEventHistory.open(database, everybodyRead)))
    const batches = Array.from({ length: 10 }, (_, batch) => Array.from({ length: 7 }, (_, index) => event(`asset.n${batch}n${index}`)))
    for (const batch of batches) {
      const answers = await Promise.all(relays.map((history) => history.append(batch)))
      for (const answer of answers) expect(answer).toEqual(answers[0])
    }
    const read = await relays[0]!.read({}, READ_ALL)
    expect(read.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 70 }, (_, index) => index + 1))
    expect(read.map(({ name }) => name)).toEqual(batches.flat().map(({ name }) => name))
  })

  it('keeps what a consumer has still to read', async () => {
    let needed = 1
    const history = await MongodbEventHistory.open(await mongodb!.open(), async () => needed)
    await history.append([event('a.a'), event('a.b'), event('a.c')])
    expect(await history.prune(1, 10)).toBe(1)
    needed = 3
    expect(await history.prune(1, 10)).toBe(1)
    expect((await history.read({}, READ_ALL)).map(({ name }) => name)).toEqual(['a.c'])
  })

  it('answers events whose facts have keys that MongoDB would read as its own', async () => {
    const history = await MongodbEventHistory.open(await mongodb!.open(), everybodyRead)
    const strange = { ...event('a.a'), after: { $set: { 'a.b': 1 }, '': null, '\u0000': 'nul' } }
    await history.append([strange])
    expect((await history.read({}, READ_ALL))[0]!.after).toEqual(strange.after)
  })
})
