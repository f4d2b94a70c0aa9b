import { expect, test } from 'vitest'
import { eventsIn, PASSWORD, signedIn, startIdentity } from './testing.ts'

test('the first start answers the way in once, and it opens a session with a strict cookie', async () => {
  const platform = await startIdentity()
  expect(platform.wayIn).toEqual({ name: 'admin', password: PASSWORD })
  const { reply } = await signedIn(platform)
  expect(reply.setCookie).toMatch(/^capstan_session=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Strict$/)
  expect(reply.body).toMatchObject({ mustEnrolTotp: false, user: { name: 'admin', rights: expect.arrayContaining(['administer']) } })
  await platform.restart()
  expect(platform.wayIn).toBeNull()
  expect((await platform.send('GET', '/users/me', { headers: { cookie: reply.cookie! } })).status).toBe(200)
})

test('a wrong name and a wrong password get the same answer', async () => {
  const platform = await startIdentity()
  const wrongName = await platform.send('POST', '/sessions', { body: { name: 'nobody', password: 'x' } })
  const wrongPassword = await platform.send('POST', '/sessions', { body: { name: 'admin', password: 'x' } })
  expect(wrongName.status).toBe(401)
  expect({ ...wrongName.body, requestId: '' }).toEqual({ ...wrongPassword.body, requestId: '' })
  const refused = (await eventsIn(platform.database)).filter(({ name }) => name === 'sign_in.refused')
  expect(refused.map(({ subject, after }) => [subject.name, after])).toEqual([
    [null, { reason: 'password', address: '192.0.2.1' }],
    ['admin', { reason: 'password', address: '192.0.2.1' }],
  ])
})
