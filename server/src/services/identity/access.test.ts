import { expect, test } from 'vitest'
import { SESSION_LIMITS } from './domain/session.ts'
import { eventsIn, PASSWORD, signedIn, startIdentity, type TestPlatform } from './testing.ts'

type Headers = Record<string, string>

const me = (platform: TestPlatform, headers: Headers) => platform.send('GET', '/users/me', { headers })
const bearer = (reply: { body: Record<string, unknown> }): Headers => ({ authorization: `Bearer ${reply.body.token as string}` })
const roleId = async (platform: TestPlatform, headers: Headers, name: string) => {
  const { body } = await platform.send('GET', '/roles', { headers })
  return (body.items as { id: string; name: string }[]).find((role) => role.name === name)!.id
}
const newUser = async (
  platform: TestPlatform,
  headers: Headers,
  { name = 'bob', roles = [] }: { name?: string; roles?: string[] } = {},
) => {
  const roleIds = await Promise.all(roles.map((role) => roleId(platform, headers, role)))
  return platform.send('POST', '/users', { headers, body: { name, password: PASSWORD, roleIds } })
}

test('without credentials, or with wrong ones, the answer is 401', async () => {
  const platform = await startIdentity()
  const wrong: Headers[] = [
    {},
    { cookie: 'capstan_session=nonsense' },
    { authorization: 'Bearer nonsense' },
    { authorization: 'Basic YTpi' },
  ]
  for (const headers of wrong) expect((await me(platform, headers)).status).toBe(401)
  const { headers } = await signedIn(platform)
  expect((await me(platform, { ...headers, authorization: 'Bearer nonsense' })).status).toBe(401)
})

test('a change with the cookie needs its CSRF token and our own origin; a token needs neither', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const make = (sent: Headers) => platform.send('POST', '/tokens', { headers: sent, body: { name: 't' } })
  const { cookie } = headers
  expect(await make({ cookie })).toMatchObject({ status: 403, body: { details: { reason: 'csrf' } } })
  expect((await make({ cookie, 'x-csrf-token': 'x' })).status).toBe(403)
  expect((await make({ ...headers, origin: 'https://evil.example' })).status).toBe(403)
  expect((await make({ ...headers, 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await me(platform, { cookie })).status).toBe(200)
  const made = await make({ ...headers, origin: 'http://localhost:80', 'sec-fetch-site': 'same-origin' })
  expect(made.status).toBe(201)
  expect((await make({ ...bearer(made), origin: 'https://evil.example' })).status).toBe(201)
})

test('the CSRF token of another session does not count', async () => {
  const platform = await startIdentity()
  const [one, two] = [await signedIn(platform), await signedIn(platform)]
  const headers = { cookie: one.headers.cookie, 'x-csrf-token': two.headers['x-csrf-token'] }
  expect((await platform.send('DELETE', '/sessions/current', { headers })).status).toBe(403)
})

test('signing out ends the session at once and takes the cookie away', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  expect((await me(platform, headers)).status).toBe(200)
  const out = await platform.send('DELETE', '/sessions/current', { headers })
  expect(out.status).toBe(204)
  expect(out.setCookie).toMatch(/^capstan_session=; .*Expires=Thu, 01 Jan 1970/)
  expect((await me(platform, headers)).status).toBe(401)
})

test('a session ends when it is idle, and is written down as seen once a minute at most', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const start = platform.clock.now()
  const seen = async () => (await platform.stores.sessions.list(1, { userId: null, limit: 1, cursor: null })).items[0]?.lastSeenAtMs
  platform.clock.advance(59_000)
  await me(platform, headers)
  expect(await seen()).toBe(start)
  platform.clock.advance(1_000)
  await me(platform, headers)
  await expect.poll(seen).toBe(start + 60_000)
  platform.clock.advance(SESSION_LIMITS.idleMs - 1)
  expect((await me(platform, headers)).status).toBe(200)
  await expect.poll(seen).toBe(platform.clock.now())
  platform.clock.advance(SESSION_LIMITS.idleMs)
  expect((await me(platform, headers)).status).toBe(401)
  expect(await platform.identity.sweep()).toEqual({ sessions: 1, tokens: 0 })
  const last = (await eventsIn(platform.database)).at(-1)
  expect(last).toMatchObject({ name: 'session.removed', after: { reason: 'expired' }, actor: { kind: 'system' } })
})

test('sessions are listed and revoked, those of others only by an administrator', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  await newUser(platform, headers)
  const bob = await signedIn(platform, { name: 'bob' })
  const list = async (sent: Headers, query = '') => (await platform.send('GET', `/sessions${query}`, { headers: sent })).body
  expect(await list(bob.headers)).toMatchObject({ items: [{ userName: 'bob', current: true, address: '192.0.2.1' }], nextCursor: null })
  expect((await platform.send('GET', '/sessions?filter=all', { headers: bob.headers })).status).toBe(403)
  const all = (await list(headers, '?filter=all')).items as { id: string; userName: string; current: boolean }[]
  expect(all.map(({ userName, current }) => [userName, current])).toEqual(expect.arrayContaining([['bob', false], ['admin', true]])) // prettier-ignore
  const idOf = (name: string) => all.find(({ userName }) => userName === name)!.id
  expect((await platform.send('DELETE', `/sessions/${idOf('admin')}`, { headers: bob.headers })).status).toBe(404)
  expect((await platform.send('DELETE', `/sessions/${idOf('bob')}`, { headers })).status).toBe(204)
  expect((await me(platform, bob.headers)).status).toBe(401)
})

test('a token allows its rights and no more, cannot make one that allows more, and is shown once', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const made = await platform.send('POST', '/tokens', { headers, body: { name: 'ci', rights: ['see', 'ingest'] } })
  expect(made.body.token).toMatch(/^cap_[0-9a-f]{32}_[\w-]{43}$/)
  const sent = bearer(made)
  expect((await me(platform, sent)).body.rights).toEqual(['see', 'ingest'])
  expect((await platform.send('GET', '/users', { headers: sent })).status).toBe(403)
  expect((await platform.send('POST', '/tokens', { headers: sent, body: { name: 'more', rights: ['administer'] } })).status).toBe(403)
  const second = await platform.send('POST', '/tokens', { headers: sent, body: { name: 'same' } })
  expect(second.body.rights).toEqual(['see', 'ingest'])
  expect(JSON.stringify((await platform.send('GET', '/tokens', { headers })).body)).not.toContain(made.body.token)
  expect((await platform.send('DELETE', '/sessions/current', { headers: sent })).status).toBe(404)
})

test('a token that a token made ends with it at the latest', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const maker = await platform.send('POST', '/tokens', { headers, body: { name: 'a day', expiresInDays: 1 } })
  const make = (expiresInDays: number) =>
    platform.send('POST', '/tokens', { headers: bearer(maker), body: { name: 'made', expiresInDays } })
  platform.clock.advance(3_600_000)
  expect((await make(3_650)).body.expiresAt).toBe(maker.body.expiresAt)
  expect((await platform.send('POST', '/tokens', { headers, body: { name: 'long', expiresInDays: 3_650 } })).body.expiresAt).not.toBe(
    maker.body.expiresAt,
  )
})

test('a token that was revoked, has expired or is changed in a letter is refused at once', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const make = (name: string) => platform.send('POST', '/tokens', { headers, body: { name, expiresInDays: 1 } })
  const [revoked, expiring] = [await make('a'), await make('b')]
  expect((await me(platform, bearer(revoked))).status).toBe(200)
  expect((await platform.send('DELETE', `/tokens/${String(revoked.body.id)}`, { headers })).status).toBe(204)
  expect((await me(platform, bearer(revoked))).status).toBe(401)
  const text = expiring.body.token as string
  expect((await me(platform, { authorization: `Bearer ${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}` })).status).toBe(401)
  platform.clock.advance(86_400_000 - 1_000)
  expect((await me(platform, bearer(expiring))).status).toBe(200)
  platform.clock.advance(1_000)
  expect((await me(platform, bearer(expiring))).status).toBe(401)
})

test('a token loses at once what its user loses', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const bob = await newUser(platform, headers, { roles: ['editor'] })
  const session = await signedIn(platform, { name: 'bob' })
  const sent = bearer(await platform.send('POST', '/tokens', { headers: session.headers, body: { name: 't' } }))
  expect((await me(platform, sent)).body.rights).toContain('edit')
  const change = (etag: number, body: { roleIds?: string[]; enabled?: boolean }) =>
    platform.send('PATCH', `/users/${String(bob.body.id)}`, { headers: { ...headers, 'if-match': `"${etag}"` }, body })
  await change(1, { roleIds: [await roleId(platform, headers, 'reviewer')] })
  expect((await me(platform, sent)).body.rights).toEqual(['see', 'play_proxy'])
  await change(2, { enabled: false })
  expect((await me(platform, sent)).status).toBe(401)
  expect((await me(platform, session.headers)).status).toBe(401)
  await change(3, { enabled: true })
  expect((await me(platform, session.headers)).status).toBe(401)
})

test('a change to an old revision answers 412 and changes nothing', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const { body } = await newUser(platform, headers)
  const change = (ifMatch: string, displayName: string) =>
    platform.send('PATCH', `/users/${String(body.id)}`, { headers: { ...headers, 'if-match': ifMatch }, body: { displayName } })
  expect((await change('"1"', 'first')).status).toBe(200)
  expect(await change('"1"', 'second')).toMatchObject({ status: 412, body: { code: 'stale' } })
  expect((await change('*', 'any')).body).toMatchObject({ displayName: 'any', revision: 3 })
  const made = await platform.send('POST', '/roles', { headers, body: { name: 'scout', rights: ['see'] } })
  const rename = (ifMatch: string) =>
    platform.send('PATCH', `/roles/${String(made.body.id)}`, { headers: { ...headers, 'if-match': ifMatch }, body: { name: 'guide' } })
  expect([(await rename('"1"')).status, (await rename('"1"')).status]).toEqual([200, 412])
})

test('the last administrator stays one', async () => {
  const platform = await startIdentity()
  const { headers, reply } = await signedIn(platform)
  const { id, revision } = reply.body.user as { id: string; revision: number }
  const change = (body: { enabled?: boolean; roleIds?: string[]; expiresAt?: string }) =>
    platform.send('PATCH', `/users/${id}`, { headers: { ...headers, 'if-match': `"${revision}"` }, body })
  for (const body of [{ enabled: false }, { roleIds: [] }, { expiresAt: '2027-01-01T00:00:00.000Z' }]) {
    expect(await change(body)).toMatchObject({ status: 409, body: { details: { reason: 'last_administrator' } } })
  }
  const made = await platform.send('POST', '/roles', { headers, body: { name: 'boss', rights: ['administer'] } })
  await platform.send('POST', '/users', { headers, body: { name: 'eve', password: PASSWORD, roleIds: [made.body.id as string] } })
  expect((await change({ roleIds: [] })).status).toBe(200)
  const eve = await signedIn(platform, { name: 'eve' })
  const weaken = platform.send('PATCH', `/roles/${String(made.body.id)}`, {
    headers: { ...eve.headers, 'if-match': '"1"' },
    body: { rights: ['see'] },
  })
  expect(await weaken).toMatchObject({ status: 409, body: { details: { reason: 'last_administrator' } } })
})

test('roles: added, given, and removed when nobody has them; the built-in ones stay', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const made = await platform.send('POST', '/roles', { headers, body: { name: 'scout', rights: ['see', 'see'] } })
  expect(made).toMatchObject({ status: 201, body: { rights: ['see'], builtIn: false } })
  expect((await platform.send('POST', '/roles', { headers, body: { name: 'SCOUT', rights: [] } })).status).toBe(409)
  await newUser(platform, headers, { roles: ['scout'] })
  expect((await platform.send('DELETE', `/roles/${String(made.body.id)}`, { headers })).status).toBe(409)
  const reviewer = await roleId(platform, headers, 'reviewer')
  expect(await platform.send('DELETE', `/roles/${reviewer}`, { headers })).toMatchObject({
    status: 409,
    body: { details: { reason: 'built_in' } },
  })
  const spare = await platform.send('POST', '/roles', { headers, body: { name: 'spare', rights: [] } })
  expect((await platform.send('DELETE', `/roles/${String(spare.body.id)}`, { headers })).status).toBe(204)
})

test('users: weak passwords, taken names and unknown roles are refused; the list pages', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const add = (body: { name: string; password?: string; roleIds?: string[] }) =>
    platform.send('POST', '/users', { headers, body: { password: PASSWORD, ...body } })
  expect((await add({ name: 'carl', password: '1234567890' })).status).toBe(400)
  expect((await add({ name: 'ADMIN' })).status).toBe(409)
  expect((await add({ name: 'carl', roleIds: ['0198f3c2-7d1e-7abc-8def-0123456789ab'] })).status).toBe(400)
  expect((await add({ name: 'carl' })).body).toMatchObject({
    displayName: 'carl',
    rights: [],
    totpEnabled: false,
    lockedUntil: null,
    revision: 1,
  })
  const first = (await platform.send('GET', '/users?limit=1', { headers })).body
  const second = (await platform.send('GET', `/users?limit=1&cursor=${String(first.nextCursor)}`, { headers })).body
  expect([first, second]).toMatchObject([{ items: [{ name: 'admin' }] }, { items: [{ name: 'carl' }], nextCursor: null }])
  expect((await platform.send('GET', '/users/12345', { headers })).status).toBe(404)
})

test('changing my password ends my other sessions, and wrong guesses count', async () => {
  const platform = await startIdentity()
  const [mine, other] = [await signedIn(platform), await signedIn(platform)]
  const change = (currentPassword: string, newPassword: string) =>
    platform.send('POST', '/users/me/password', { headers: mine.headers, body: { currentPassword, newPassword } })
  expect((await change('wrong', 'another-Long-pass')).status).toBe(400)
  expect((await change(PASSWORD, 'password123')).status).toBe(400)
  expect((await change(PASSWORD, 'another-Long-pass')).status).toBe(204)
  expect([(await me(platform, mine.headers)).status, (await me(platform, other.headers)).status]).toEqual([200, 401])
  for (let failure = 1; failure <= 5; failure++) await change('wrong', 'another-Long-pass')
  expect((await change('another-Long-pass', 'a-third-Long-pass')).status).toBe(429)
  const changed = (await eventsIn(platform.database)).find(({ name }) => name === 'user.password_changed')
  expect(changed).toMatchObject({ after: { password: '•••' }, actor: { name: 'admin' } })
})

test('lists refuse what they cannot do with what they can, and pages end where the list ends', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const asked = async (path: string) => (await platform.send('GET', path, { headers })).body
  for (const list of ['users', 'roles', 'sessions', 'tokens'])
    expect(await asked(`/${list}?sort=colour`)).toMatchObject({ status: 400, details: { field: 'sort' } })
  expect(await asked('/users?filter=enabled')).toMatchObject({ status: 400, details: { field: 'filter', allowed: [] } })
  expect(await asked('/sessions?filter=mine')).toMatchObject({ status: 400, details: { field: 'filter', allowed: ['all'] } })
  expect(await asked('/roles?q=admin')).toMatchObject({ status: 400, details: { field: 'q' } })
  const names: unknown[] = []
  for (let cursor: string | null = '', pages = 0; cursor !== null && pages < 20; pages++) {
    const { items, nextCursor } = await asked(`/roles?limit=2&sort=name&cursor=${encodeURIComponent(cursor)}`)
    names.push(...(items as { name: string }[]).map(({ name }) => name))
    cursor = nextCursor as string | null
  }
  expect(names).toEqual([...names].sort())
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThan(3)
})

test('a user has a hundred tokens that live, told at the next, and a revoked one makes room', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const make = () => platform.send('POST', '/tokens', { headers, body: { name: 't' } })
  const made = await Promise.all(Array.from({ length: 100 }, make))
  expect(made.map(({ status }) => status).filter((status) => status !== 201)).toEqual([])
  expect(await make()).toMatchObject({ status: 409, body: { code: 'conflict', details: { reason: 'too_many_tokens', max: 100 } } })
  await platform.send('DELETE', `/tokens/${String(made[0]!.body.id)}`, { headers })
  expect((await make()).status).toBe(201)
})

test('the fifty-first session of a user ends the one that was longest unseen, at once', async () => {
  const platform = await startIdentity()
  const first = await signedIn(platform)
  for (let count = 1; count < 50; count++) {
    platform.clock.advance(1_000)
    await signedIn(platform)
  }
  const me = () => platform.send('GET', '/users/me', { headers: { cookie: first.headers.cookie } })
  expect((await me()).status).toBe(200)
  await signedIn(platform)
  expect(await me()).toMatchObject({ status: 401, body: { code: 'unauthenticated', details: { reason: 'signed_out' } } })
})
