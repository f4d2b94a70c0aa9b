import { describe, expect, it } from 'vitest'
import { uuidv7 } from '../../../lib/ids.ts'
import { account, event, NOW, opening, role, saving, session, user, withAda, type OpenStores } from './account-store.samples.ts'

export function accountStoreContract(adapter: string, open: OpenStores): void {
  describe(`${adapter} is an AccountStore`, () => {
    it('creates an account with its roles and first user once', async () => {
      const { accounts, users, ada, administrator, events } = await withAda(open)
      expect(await accounts.find(1)).toEqual(account())
      expect(await accounts.find(2)).toBeNull()
      expect(await users.find(1, ada.id)).toEqual(ada)
      await expect(accounts.create(account(), [administrator], ada, [event('user.created')])).rejects.toMatchObject({ code: 'conflict' })
      expect(await events()).toEqual(['user.created'])
    })
  })
  userStoreContract(adapter, open)
  roleStoreContract(adapter, open)
}

function userStoreContract(adapter: string, open: OpenStores): void {
  describe(`${adapter} is a UserStore`, () => {
    it('finds by id and by any spelling of the name what it added, unchanged', async () => {
      const { users, administrator } = await withAda(open)
      const totp = { state: 'on', secret: 'ABC', lastStep: 7 } as const
      const given = user('Jürgen', {
        displayName: 'J 🎬 "ö"',
        email: 'j@example.org',
        roles: [administrator],
        enabled: false,
        expiresAtMs: NOW,
        totp,
      })
      await users.add(given, [])
      expect(await users.find(1, given.id)).toEqual(given)
      expect(await users.findByName(1, 'JU\u0308RGEN')).toEqual(given)
      expect(await users.findByName(1, 'jurgen')).toBeNull()
      expect(await users.find(2, given.id)).toBeNull()
      expect(await users.findByName(2, 'Jürgen')).toBeNull()
    })

    it('refuses a name that is taken and a role that does not exist, and keeps nothing of it', async () => {
      const { users, events } = await withAda(open)
      await expect(users.add(user('ADA'), [event('user.created')])).rejects.toMatchObject({ code: 'conflict' })
      await expect(users.add(user('bob', { roles: [role('ghost')] }), [event('user.created')])).rejects.toMatchObject({ code: 'invalid' })
      expect(await users.findByName(1, 'bob')).toBeNull()
      expect(await events()).toEqual(['user.created'])
    })

    it('lists by name in pages, and only what matches', async () => {
      const { users } = await withAda(open)
      for (const name of ['dora', 'Bob', 'carl']) await users.add(user(name, { displayName: `${name} Smith` }), [])
      const first = await users.list(1, { limit: 2, cursor: null, q: null })
      const second = await users.list(1, { limit: 2, cursor: first.nextCursor, q: null })
      expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['Ada', 'Bob', 'carl', 'dora'])
      expect(second.nextCursor).toBeNull()
      expect((await users.list(1, { limit: 9, cursor: null, q: 'SMI' })).items).toHaveLength(3)
      expect((await users.list(1, { limit: 9, cursor: null, q: '%' })).items).toEqual([])
      expect((await users.list(2, { limit: 9, cursor: null, q: null })).items).toEqual([])
    })

    it('refuses cursors of other lists', async () => {
      const { users, roles } = await withAda(open)
      await roles.add(role('zoo'), [])
      const { nextCursor } = await roles.list(1, { limit: 1, cursor: null })
      await expect(users.list(1, { limit: 1, cursor: nextCursor, q: null })).rejects.toMatchObject({ code: 'invalid' })
      await expect(users.list(1, { limit: 1, cursor: '💥', q: null })).rejects.toMatchObject({ code: 'invalid' })
    })

    it('answers the enabled users with a right', async () => {
      const { users, administrator, ada } = await withAda(open)
      await users.add(user('bob', { roles: [administrator], enabled: false }), [])
      await users.add(user('carl'), [])
      expect(await users.withRight(1, 'administer')).toEqual([ada])
      expect(await users.withRight(1, 'publish')).toEqual([])
    })

    it('saves what was read, and refuses what was changed since', async () => {
      const { users, roles, ada, events } = await withAda(open)
      const second = role('second')
      await roles.add(second, [])
      const changed = { ...ada, displayName: 'Ada L', roles: [second], revision: 2, updatedAtMs: NOW + 1 }
      await users.save(changed, saving(1, { events: [event('user.changed')] }))
      expect(await users.find(1, ada.id)).toEqual(changed)
      await expect(users.save({ ...ada, revision: 2 }, saving(1, { events: [event('user.changed')] }))).rejects.toMatchObject({
        code: 'stale',
      })
      await expect(users.save({ ...ada, id: uuidv7() }, saving(1))).rejects.toMatchObject({ code: 'not_found' })
      expect(await events()).toEqual(['user.created', 'user.changed'])
    })

    it('lets one of two changes through that each count on the other administrator', async () => {
      const { users, accounts, administrator, ada } = await withAda(open)
      const bob = user('bob', { roles: [administrator] })
      await users.add(bob, [])
      const demote = (who: typeof ada) => users.save({ ...who, roles: [], revision: 2 }, saving(1, { expectedAccessRevision: 1 }))
      const outcomes = await Promise.allSettled([demote(ada), demote(bob)])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(outcomes.find((outcome) => outcome.status === 'rejected')?.reason).toMatchObject({ code: 'conflict' })
      expect(await users.withRight(1, 'administer')).toHaveLength(1)
      expect((await accounts.find(1))?.accessRevision).toBe(2)
    })

    it('ends sessions in the same unit, but the one that is kept', async () => {
      const { users, sessions, ada, events } = await withAda(open)
      const [kept, ended] = [session(ada, 'a'), session(ada, 'b')]
      for (const each of [kept, ended]) await sessions.open(each, opening())
      const endSessions = { exceptId: kept.id, event: () => event('session.removed') }
      expect(await users.save({ ...ada, revision: 2 }, saving(1, { endSessions }))).toEqual([ended])
      expect((await sessions.list(1, { userId: ada.id, limit: 9, cursor: null })).items).toEqual([kept])
      expect(await events()).toEqual(['user.created', 'session.removed'])
    })

    it('lists the second factors that are kept otherwise, and puts another form in their place once', async () => {
      const { users, ada } = await withAda(open)
      const named = (name: string, id: string) => user(name, { id, totp: { state: 'on', secret: `open ${name}`, lastStep: 7 } })
      const [bob, carl] = [named('bob', uuidv7(NOW)), named('carl', uuidv7(NOW + 1))]
      for (const each of [bob, carl]) await users.add(each, [])
      const all = { unlessPrefix: null, after: null, limit: 9 }
      const kept = [bob, carl].map(({ accountId, id, name }) => ({ accountId, id, secret: `open ${name}` }))
      expect(await users.listTotpSecrets(all)).toEqual(kept)
      expect(await users.listTotpSecrets({ ...all, limit: 1 })).toEqual([kept[0]])
      expect(await users.listTotpSecrets({ ...all, after: bob.id })).toEqual([kept[1]])
      expect(await users.replaceTotpSecret(bob, 'open bob', 'new.0')).toBe(true)
      expect(await users.replaceTotpSecret(bob, 'open bob', 'late')).toBe(false)
      expect(await users.replaceTotpSecret(ada, 'open bob', 'none')).toBe(false)
      expect(await users.find(1, bob.id)).toEqual({ ...bob, totp: { state: 'on', secret: 'new.0', lastStep: 7 } })
      expect(await users.listTotpSecrets({ ...all, unlessPrefix: 'new.' })).toEqual([kept[1]])
      expect(await users.listTotpSecrets({ ...all, unlessPrefix: 'n_w.' })).toHaveLength(2)
    })
  })
}

function roleStoreContract(adapter: string, open: OpenStores): void {
  describe(`${adapter} is a RoleStore`, () => {
    it('finds and lists by name what it added, in pages', async () => {
      const { roles, administrator } = await withAda(open)
      const zoo = role('Zoo', { description: 'ä', rights: ['publish', 'see'], builtIn: true })
      await roles.add(zoo, [event('role.created')])
      expect(await roles.findMany(1, [zoo.id, uuidv7()])).toEqual([zoo])
      expect(await roles.findMany(1, [])).toEqual([])
      expect(await roles.findMany(2, [zoo.id])).toEqual([])
      const first = await roles.list(1, { limit: 1, cursor: null })
      expect(first.items).toEqual([administrator])
      expect(await roles.list(1, { limit: 1, cursor: first.nextCursor })).toEqual({ items: [zoo], nextCursor: null })
      await expect(roles.add(role('ZOO'), [])).rejects.toMatchObject({ code: 'conflict' })
    })

    it('saves what was read, and everybody who has it sees it', async () => {
      const { roles, users, administrator, ada } = await withAda(open)
      const changed = { ...administrator, name: 'boss', rights: ['see'] as const, revision: 2 }
      const options = { expectedRevision: 1, expectedAccessRevision: 1, events: [] }
      await roles.save(changed, options)
      expect((await users.find(1, ada.id))?.roles).toEqual([changed])
      await expect(roles.save(changed, options)).rejects.toMatchObject({ code: 'stale' })
      await expect(roles.save({ ...changed, revision: 3 }, { ...options, expectedRevision: 2 })).rejects.toMatchObject({ code: 'conflict' })
    })

    it('removes a role that nobody has', async () => {
      const { roles, administrator, events } = await withAda(open)
      const spare = role('spare')
      await roles.add(spare, [])
      await expect(roles.remove(1, administrator.id, [event('role.removed')])).rejects.toMatchObject({ code: 'conflict' })
      await roles.remove(1, spare.id, [event('role.removed')])
      await expect(roles.remove(1, spare.id, [event('role.removed')])).rejects.toMatchObject({ code: 'not_found' })
      expect(await events()).toEqual(['user.created', 'role.removed'])
    })
  })
}
