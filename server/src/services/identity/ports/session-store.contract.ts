import { describe, expect, it } from 'vitest'
import type { LockOut } from '../domain/lock-out.ts'
import type { Session } from '../domain/session.ts'
import { event, NOW, opening, saving, session, token, user, withAda, type OpenStores } from './account-store.samples.ts'

export function sessionStoreContract(adapter: string, open: OpenStores): void {
  describe(`${adapter} is a SessionStore`, () => {
    it('finds by id and by secret what it opened, unchanged', async () => {
      const { sessions, ada, events } = await withAda(open)
      const given = session(ada, 'a', { userAgent: 'Bröwser 🎬' })
      await sessions.open(given, opening({ events: [event('session.created')] }))
      expect(await sessions.find(1, given.id)).toEqual(given)
      expect(await sessions.find(2, given.id)).toBeNull()
      expect(await sessions.findBySecret(given.secretHash)).toEqual(given)
      expect(await sessions.findBySecret('b'.repeat(64))).toBeNull()
      expect(await events()).toEqual(['user.created', 'session.created'])
    })

    it('opens nothing for a user who was changed since', async () => {
      const { sessions, ada, events } = await withAda(open)
      const late = sessions.open(session(ada, 'a'), opening({ expectedUserRevision: 2, events: [event('session.created')] }))
      await expect(late).rejects.toMatchObject({ code: 'stale' })
      expect(await events()).toEqual(['user.created'])
    })

    it('takes a step of the authenticator once, also from two at once', async () => {
      const { sessions, users, ada } = await withAda(open)
      await users.save({ ...ada, totp: { state: 'on', secret: 'ABC', lastStep: 4 }, revision: 2 }, saving(1))
      const secondFactor = { kind: 'totp', step: 5 } as const
      const enter = (name: string) => sessions.open(session(ada, name), opening({ expectedUserRevision: 2, secondFactor }))
      const outcomes = await Promise.allSettled([enter('a'), enter('b')])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(outcomes.find((outcome) => outcome.status === 'rejected')?.reason).toMatchObject({
        code: 'conflict',
        details: { reason: 'code_used' },
      })
      expect((await users.find(1, ada.id))?.totp).toEqual({ state: 'on', secret: 'ABC', lastStep: 5 })
    })

    it('takes a recovery code once', async () => {
      const { sessions, users, ada } = await withAda(open)
      const codes = ['1'.repeat(64), '2'.repeat(64)]
      await users.save({ ...ada, revision: 2 }, saving(1, { recoveryCodes: codes }))
      const enter = (name: string, hash: string, expectedUserRevision: number) =>
        sessions.open(session(ada, name), opening({ expectedUserRevision, secondFactor: { kind: 'recovery', hash } }))
      await enter('a', codes[0]!, 2)
      await expect(enter('b', codes[0]!, 2)).rejects.toMatchObject({ details: { reason: 'code_used' } })
      await users.save({ ...ada, revision: 3 }, saving(2, { recoveryCodes: [] }))
      await expect(enter('c', codes[1]!, 3)).rejects.toMatchObject({ details: { reason: 'code_used' } })
      expect((await sessions.list(1, { userId: null, limit: 9, cursor: null })).items).toHaveLength(1)
    })

    it('ends those longest unseen when there are too many of the user, with an event each, and nobody else’s', async () => {
      const { sessions, users, ada, events } = await withAda(open)
      const bob = user('bob')
      await users.add(bob, [])
      const seen = [NOW + 3, NOW + 1, NOW + 2]
      const [newest, oldest, middle] = seen.map((lastSeenAtMs, index) => session(ada, `${index}`, { lastSeenAtMs }))
      const others = session(bob, 'b', { lastSeenAtMs: NOW })
      for (const each of [newest!, oldest!, middle!, others]) expect(await sessions.open(each, opening())).toEqual([])
      const given = session(ada, 'd', { lastSeenAtMs: NOW + 4 })
      expect(await sessions.open(given, opening({ atMost: 2, events: [event('session.created')] }))).toEqual([oldest, middle])
      const left = (await sessions.list(1, { userId: null, limit: 9, cursor: null })).items.map(({ secretHash }) => secretHash)
      expect(left.sort()).toEqual([newest!, others, given].map(({ secretHash }) => secretHash).sort())
      expect(await events()).toEqual(['user.created', 'session.removed', 'session.removed', 'session.created'])
    })

    it('lists newest first in pages, of one user or of all', async () => {
      const { sessions, users, ada } = await withAda(open)
      const bob = user('bob')
      await users.add(bob, [])
      const given: Session[] = []
      for (const [index, owner] of [ada, bob, ada].entries()) {
        const each = session(owner, `${index}`, { id: `00000000-0000-7000-8000-00000000000${index}` })
        await sessions.open(each, opening())
        given.unshift(each)
      }
      const first = await sessions.list(1, { userId: null, limit: 2, cursor: null })
      const second = await sessions.list(1, { userId: null, limit: 2, cursor: first.nextCursor })
      expect([...first.items, ...second.items]).toEqual(given)
      expect(second.nextCursor).toBeNull()
      expect((await sessions.list(1, { userId: bob.id, limit: 9, cursor: null })).items.map(({ userName }) => userName)).toEqual(['bob'])
      await expect(sessions.list(1, { userId: null, limit: 1, cursor: 'nonsense' })).rejects.toMatchObject({ code: 'invalid' })
    })

    it('removes once, and touches what is there', async () => {
      const { sessions, ada, events } = await withAda(open)
      const given = session(ada, 'a')
      await sessions.open(given, opening())
      await sessions.touch(1, given.id, NOW + 5)
      expect((await sessions.find(1, given.id))?.lastSeenAtMs).toBe(NOW + 5)
      await sessions.remove(2, given.id, [event('session.removed')])
      for (const _ of [1, 2]) await sessions.remove(1, given.id, [event('session.removed')])
      await sessions.touch(1, given.id, NOW + 6)
      expect(await sessions.find(1, given.id)).toBeNull()
      expect(await events()).toEqual(['user.created', 'session.removed'])
    })

    it('removes what is too old or idle, so many at a time, with an event each', async () => {
      const { sessions, ada, events } = await withAda(open)
      const idle = session(ada, 'a', { createdAtMs: NOW + 9, lastSeenAtMs: NOW })
      const old = session(ada, 'b', { createdAtMs: NOW, lastSeenAtMs: NOW + 9 })
      const good = session(ada, 'c', { createdAtMs: NOW + 9, lastSeenAtMs: NOW + 9 })
      for (const each of [idle, old, good]) await sessions.open(each, opening())
      const sweep = () => sessions.removeOver({ createdMs: NOW + 1, seenMs: NOW + 1 }, 1, () => event('session.removed'))
      const removed = [...(await sweep()), ...(await sweep()), ...(await sweep())]
      expect(removed.map(({ id }) => id).sort()).toEqual([idle.id, old.id].sort())
      expect((await sessions.list(1, { userId: null, limit: 9, cursor: null })).items).toEqual([good])
      expect(await events()).toEqual(['user.created', 'session.removed', 'session.removed'])
    })
  })
  tokenStoreContract(adapter, open)
  lockOutStoreContract(adapter, open)
}

function tokenStoreContract(adapter: string, open: OpenStores): void {
  describe(`${adapter} is a TokenStore`, () => {
    it('adds no more than so many that live, for one user, also from two at once', async () => {
      const { tokens, users, ada, events } = await withAda(open)
      const bob = user('bob')
      await users.add(bob, [])
      await tokens.add(token(bob, 'of bob'), { liveMax: 1, events: [] })
      await tokens.add(token(ada, 'expired', { expiresAtMs: NOW }), { liveMax: 1, events: [] })
      const add = (name: string) => tokens.add(token(ada, name, { expiresAtMs: NOW + 1 }), { liveMax: 1, events: [event('token.created')] })
      const outcomes = await Promise.allSettled([add('a'), add('b')])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(outcomes.find((outcome) => outcome.status === 'rejected')?.reason).toMatchObject({
        code: 'conflict',
        details: { reason: 'too_many_tokens', max: 1 },
      })
      expect(await events()).toEqual(['user.created', 'token.created'])
    })

    it('finds what it added until it is removed', async () => {
      const { tokens, ada, events } = await withAda(open)
      const given = token(ada, 'für 🎬', { rights: ['see', 'edit'], expiresAtMs: NOW + 1 })
      await tokens.add(given, { liveMax: 9, events: [event('token.created')] })
      expect(await tokens.find(given.id)).toEqual(given)
      await tokens.touch(1, given.id, NOW + 5)
      expect((await tokens.list(1, { userId: ada.id, limit: 9, cursor: null })).items).toEqual([{ ...given, lastUsedAtMs: NOW + 5 }])
      expect((await tokens.list(2, { userId: null, limit: 9, cursor: null })).items).toEqual([])
      await tokens.remove(2, given.id, [event('token.removed')])
      for (const _ of [1, 2]) await tokens.remove(1, given.id, [event('token.removed')])
      expect(await tokens.find(given.id)).toBeNull()
      expect(await events()).toEqual(['user.created', 'token.created', 'token.removed'])
    })

    it('removes what expired before a time, and never what does not expire', async () => {
      const { tokens, ada } = await withAda(open)
      const [gone, later, never] = [
        token(ada, 'gone', { expiresAtMs: NOW }),
        token(ada, 'later', { expiresAtMs: NOW + 9 }),
        token(ada, 'never'),
      ]
      for (const each of [gone, later, never]) await tokens.add(each, { liveMax: 9, events: [] })
      expect(await tokens.removeOver(NOW + 1, 9, () => event('token.removed'))).toEqual([gone])
      const left = (await tokens.list(1, { userId: null, limit: 9, cursor: null })).items.map(({ name }) => name)
      expect(left.sort()).toEqual(['later', 'never'])
    })
  })
}

function lockOutStoreContract(adapter: string, open: OpenStores): void {
  describe(`${adapter} is a LockOutStore`, () => {
    const oneMore = (before: LockOut | null): LockOut => ({
      failures: (before?.failures ?? 0) + 1,
      lastFailureAtMs: NOW,
      lockedUntilMs: null,
    })

    it('counts every failure, also of many at once, and tells about them', async () => {
      const { lockOuts, events } = await withAda(open)
      const seen: number[] = []
      const record = () =>
        lockOuts.record(1, ['name:ada', 'address:192.0.2.1'], oneMore, (after) => {
          seen.push(after.get('name:ada')!.failures)
          return [event('sign_in.refused')]
        })
      await Promise.all(Array.from({ length: 5 }, record))
      const found = await lockOuts.findMany(1, ['name:ada', 'address:192.0.2.1', 'name:bob'])
      expect([...found.entries()].map(([subject, { failures }]) => [subject, failures]).sort()).toEqual([
        ['address:192.0.2.1', 5],
        ['name:ada', 5],
      ])
      expect(Math.max(...seen)).toBe(5)
      expect(await events()).toHaveLength(6)
      expect((await lockOuts.findMany(2, ['name:ada'])).size).toBe(0)
    })

    it('forgets by name, by a sign-in and by age', async () => {
      const { lockOuts, sessions, ada } = await withAda(open)
      const left = async () => [...(await lockOuts.findMany(1, ['name:a', 'name:b', 'name:c'])).keys()].sort()
      await lockOuts.record(1, ['name:a', 'name:b', 'name:c'], oneMore, () => [])
      await lockOuts.clear(1, ['name:a'])
      await sessions.open(session(ada, 'a'), opening({ forgiven: ['name:b'] }))
      expect(await left()).toEqual(['name:c'])
      await lockOuts.removeBefore(NOW)
      expect(await left()).toEqual(['name:c'])
      await lockOuts.removeBefore(NOW + 1)
      expect(await left()).toEqual([])
    })
  })
}
