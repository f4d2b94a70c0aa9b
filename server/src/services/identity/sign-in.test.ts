import { expect, test } from 'vitest'
import { totpCode } from './domain/totp.ts'
import { PASSWORD_COST } from './password-hasher.ts'
import { eventsIn, PASSWORD, signedIn, startIdentity, type TestPlatform } from './testing.ts'

const MINUTE_MS = 60_000

const tryToSignIn = (platform: TestPlatform, { name = 'admin', password = 'wrong', code, address }: { [key: string]: string } = {}) =>
  platform.send('POST', '/sessions', { body: { name, password, ...(code ? { code } : {}) }, ...(address ? { address } : {}) })

const eventNames = async (platform: TestPlatform) =>
  (await eventsIn(platform.database)).map(({ name }) => name).filter((name) => name !== 'role.created')

test('the first start answers the way in once, and it opens a session with a strict cookie', async () => {
  const platform = await startIdentity()
  expect(platform.wayIn).toEqual({ name: 'admin', password: PASSWORD })
  const { reply } = await signedIn(platform)
  expect(reply.setCookie).toMatch(/^capstan_session=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Strict$/)
  expect(reply.body).toMatchObject({ mustEnrolTotp: false, user: { name: 'admin', rights: expect.arrayContaining(['administer']) } })
  await platform.restart()
  expect(platform.wayIn).toBeNull()
  expect((await platform.send('GET', '/users/me', { headers: { cookie: reply.cookie! } })).status).toBe(200)
  expect(await eventNames(platform)).toEqual(['user.created', 'session.created'])
})

test('the stored session, token and password are hashes', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const made = await platform.send('POST', '/tokens', { headers, body: { name: 't' } })
  const secrets = [headers.cookie.split('=')[1]!, (made.body.token as string).split('_').slice(2).join('_'), PASSWORD]
  const stored = JSON.stringify([
    await platform.stores.sessions.list(1, { userId: null, limit: 9, cursor: null }),
    await platform.stores.tokens.list(1, { userId: null, limit: 9, cursor: null }),
    await platform.stores.users.findByName(1, 'admin'),
    await eventsIn(platform.database),
  ])
  for (const secret of secrets) expect(stored).not.toContain(secret)
  expect(stored).toContain('$argon2id$')
})

test('a wrong name, a wrong password and a disabled user get the same answer', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  const bob = await platform.send('POST', '/users', { headers, body: { name: 'bob', password: PASSWORD } })
  await platform.send('PATCH', `/users/${String(bob.body.id)}`, { headers: { ...headers, 'if-match': '"1"' }, body: { enabled: false } })
  const replies = [
    await tryToSignIn(platform, { name: 'nobody' }),
    await tryToSignIn(platform),
    await tryToSignIn(platform, { name: 'bob', password: PASSWORD }),
  ]
  expect(replies.map(({ status }) => status)).toEqual([401, 401, 401])
  for (const { body } of replies) expect({ ...body, requestId: '' }).toEqual({ ...replies[0]!.body, requestId: '' })
  const refused = (await eventsIn(platform.database)).filter(({ name }) => name === 'sign_in.refused')
  expect(refused.map(({ subject, after }) => [subject.name, after?.reason])).toEqual([
    [null, 'password'],
    ['admin', 'password'],
    ['bob', 'disabled'],
  ])
})

test('a wrong name takes as much work as a wrong password', async () => {
  const platform = await startIdentity({ passwordCost: PASSWORD_COST })
  // Processor time, not the clock's: others may be busy on the machine.
  const work = async (name: string) => {
    const before = process.cpuUsage()
    await tryToSignIn(platform, { name })
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  const names = ['admin', 'nobody'] as const
  const least = { admin: Infinity, nobody: Infinity }
  await work('warm-up')
  for (let round = 0; round < 4; round++) for (const name of names) least[name] = Math.min(least[name], await work(name))
  // Without the work for nobody the ratio is below 0.05.
  expect(least.nobody / least.admin).toBeGreaterThan(0.25)
  expect(least.nobody / least.admin).toBeLessThan(4)
})

test('five failures lock the name for a minute, from everywhere and over a restart; then the right password opens', async () => {
  const platform = await startIdentity()
  for (let failure = 1; failure <= 5; failure++) expect((await tryToSignIn(platform)).status).toBe(401)
  await platform.restart()
  const locked = await tryToSignIn(platform, { password: PASSWORD, address: '198.51.100.7' })
  expect(locked).toMatchObject({ status: 429, body: { code: 'rate_limited', details: { reason: 'locked', retryAfterSeconds: 60 } } })
  platform.clock.advance(MINUTE_MS)
  const { reply } = await signedIn(platform)
  expect(reply.status).toBe(201)
  expect((await tryToSignIn(platform)).status).toBe(401)
  expect((await eventNames(platform)).filter((name) => name === 'user.locked')).toHaveLength(1)
})

test('a name that does not exist is locked like one that does', async () => {
  const platform = await startIdentity()
  for (let failure = 1; failure <= 5; failure++) await tryToSignIn(platform, { name: 'nobody' })
  expect((await tryToSignIn(platform, { name: 'nobody' })).status).toBe(429)
  expect((await tryToSignIn(platform)).status).toBe(401)
})

test('many guesses at once get no further than one after the other', async () => {
  const platform = await startIdentity()
  const replies = await Promise.all(Array.from({ length: 30 }, () => tryToSignIn(platform)))
  expect(replies.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(6)
})

test('twenty failures lock the address for every name', async () => {
  const platform = await startIdentity()
  for (let failure = 0; failure < 20; failure++) await tryToSignIn(platform, { name: `nobody${failure}` })
  expect((await tryToSignIn(platform, { password: PASSWORD })).status).toBe(429)
  expect((await tryToSignIn(platform, { password: PASSWORD, address: '198.51.100.7' })).status).toBe(201)
})

test('another site cannot sign somebody in', async () => {
  const platform = await startIdentity()
  const reply = await platform.send('POST', '/sessions', {
    body: { name: 'admin', password: PASSWORD },
    headers: { origin: 'https://evil.example' },
  })
  expect(reply).toMatchObject({ status: 403, setCookie: null })
})

test('a new password from the machine lifts the lock, ends sessions and opens', async () => {
  const platform = await startIdentity()
  const { headers } = await signedIn(platform)
  for (let failure = 1; failure <= 5; failure++) await tryToSignIn(platform)
  const { name, password } = await platform.identity.resetAdminPassword()
  expect(password).toMatch(/^(?:[a-z2-9]{4}-){4}[a-z2-9]{4}$/)
  expect((await platform.send('GET', '/users/me', { headers })).status).toBe(401)
  expect((await tryToSignIn(platform, { password: PASSWORD })).status).toBe(401)
  expect((await signedIn(platform, { name, password })).reply.status).toBe(201)
})

test('a first password that is too weak is refused before anything is made', async () => {
  const platform = await startIdentity({}, '1234567890').catch((error: unknown) => error)
  expect(platform).toMatchObject({ code: 'invalid' })
})

async function enrol(platform: TestPlatform) {
  const { headers } = await signedIn(platform)
  const begun = await platform.send('POST', '/users/me/totp', { headers, body: { currentPassword: PASSWORD } })
  const secret = begun.body.secret as string
  const confirmed = await platform.send('POST', '/users/me/totp/confirm', {
    headers,
    body: { code: totpCode(secret, platform.clock.now()) },
  })
  return { headers, secret, recoveryCodes: confirmed.body.recoveryCodes as string[] }
}

test('with a second factor the password alone is not enough, and no code counts twice', async () => {
  const platform = await startIdentity()
  const { secret } = await enrol(platform)
  const withCode = (code: string) => tryToSignIn(platform, { password: PASSWORD, code })
  expect(await tryToSignIn(platform, { password: PASSWORD })).toMatchObject({ status: 401, body: { details: { reason: 'totp_required' } } })
  expect(await withCode(totpCode(secret, platform.clock.now()))).toMatchObject({ status: 401, body: { details: { reason: 'totp_wrong' } } })
  platform.clock.advance(MINUTE_MS)
  const code = totpCode(secret, platform.clock.now())
  const twice = await Promise.all([withCode(code), withCode(code)])
  expect(twice.map(({ status }) => status).sort()).toEqual([201, 401])
  expect(await withCode(code)).toMatchObject({ status: 401, body: { details: { reason: 'totp_wrong' } } })
})

test('wrong codes count like wrong passwords', async () => {
  const platform = await startIdentity()
  await enrol(platform)
  for (let failure = 1; failure <= 5; failure++) await tryToSignIn(platform, { password: PASSWORD, code: 'no-such-code' })
  expect((await tryToSignIn(platform, { password: PASSWORD, code: 'no-such-code' })).status).toBe(429)
})

test('a recovery code opens once', async () => {
  const platform = await startIdentity()
  const { recoveryCodes } = await enrol(platform)
  expect(recoveryCodes).toHaveLength(10)
  const enter = () => tryToSignIn(platform, { password: PASSWORD, code: recoveryCodes[0]!.toUpperCase() })
  expect((await enter()).status).toBe(201)
  expect((await enter()).status).toBe(401)
})

test('where a second factor is required, an administrator may only enrol before it', async () => {
  const platform = await startIdentity({ requireTotp: true })
  const { reply, headers } = await signedIn(platform)
  expect(reply.body).toMatchObject({ mustEnrolTotp: true, user: { rights: [] } })
  expect((await platform.send('GET', '/users', { headers })).status).toBe(403)
  expect((await platform.send('POST', '/tokens', { headers, body: { name: 't' } })).status).toBe(403)
  await enrol(platform)
  expect((await platform.send('GET', '/users', { headers })).status).toBe(200)
  expect((await platform.send('GET', '/sessions/current', { headers })).body).toMatchObject({
    mustEnrolTotp: false,
    csrfToken: headers['x-csrf-token'],
  })
})
