import { RIGHTS } from '@capstan/contract/rights'
import { describe, expect, test } from 'vitest'
import { role, user } from '../ports/account-store.samples.ts'
import { changedFacts } from './facts.ts'
import { csrfTokenOf, refuseForeignOrigin, requireCsrfToken } from './request-trust.ts'
import { BUILT_IN_ROLES, rightsOf } from './role.ts'
import { isSessionOver, SESSION_LIMITS, type Session } from './session.ts'
import { formatToken, parseToken, tokenRights } from './token.ts'
import { keepAnAdministrator, mustEnrolTotp, userFacts } from './user.ts'

const administrator = role('administrator', { rights: ['see', 'administer'] })

test('a user may do what any of the roles allows, a token never more than its user', () => {
  const rights = rightsOf([role('a', { rights: ['publish', 'see'] }), role('b', { rights: ['see', 'edit'] })])
  expect(rights).toEqual(['see', 'edit', 'publish'])
  expect(tokenRights({ rights: ['administer', 'edit'] }, rights)).toEqual(['edit'])
})

test('the built-in administrator may do everything, and nobody else may administer', () => {
  const administering = BUILT_IN_ROLES.filter(({ rights }) => rights.includes('administer'))
  expect(administering).toMatchObject([{ name: 'administrator', rights: RIGHTS }])
  expect(BUILT_IN_ROLES.find(({ name }) => name === 'reviewer')?.rights).toEqual(['see', 'play_proxy'])
})

describe('the last administrator', () => {
  const ada = user('ada', { roles: [administrator] })
  const guest = user('guest', { roles: [administrator], expiresAtMs: 1 })
  test.each([
    ['be disabled', { ...ada, enabled: false }],
    ['lose the right', { ...ada, roles: [] }],
    ['get an end', { ...ada, expiresAtMs: 5 }],
  ])('cannot %s, for one whose time is limited does not count', (_, after) => {
    expect(() =>
      keepAnAdministrator([
        { before: ada, after },
        { before: guest, after: guest },
      ]),
    ).toThrow(/nobody who administers/)
    const bob = user('bob', { roles: [administrator] })
    expect(() =>
      keepAnAdministrator([
        { before: ada, after },
        { before: bob, after: bob },
      ]),
    ).not.toThrow()
  })
})

test('only whoever administers must have a second factor, and only where it is asked for', () => {
  const ada = user('ada', { roles: [administrator] })
  const enrolled = user('eve', { roles: [administrator], totp: { state: 'on', secret: 'A', lastStep: 0 } })
  expect([mustEnrolTotp(ada, true), mustEnrolTotp(ada, false), mustEnrolTotp(enrolled, true), mustEnrolTotp(user('bob'), true)]).toEqual([
    true,
    false,
    false,
    false,
  ])
})

test('a session ends after half a day without use, and after two weeks with it', () => {
  const session = { createdAtMs: 0, lastSeenAtMs: 0 } as Session
  const over = (lastSeenAtMs: number, nowMs: number) => isSessionOver({ ...session, lastSeenAtMs }, nowMs)
  expect([over(0, SESSION_LIMITS.idleMs - 1), over(0, SESSION_LIMITS.idleMs)]).toEqual([false, true])
  const end = SESSION_LIMITS.absoluteMs
  expect([over(end - 1, end - 1), over(end - 1, end)]).toEqual([false, true])
})

test('a token reads as it was written, and nothing else is one', () => {
  const id = '0198f3c2-7d1e-7abc-8def-0123456789ab'
  const secret = 'A_-0'.repeat(10) + 'xyz'
  expect(formatToken(id, secret)).toBe(`cap_0198f3c27d1e7abc8def0123456789ab_${secret}`)
  expect(parseToken(formatToken(id, secret))).toEqual({ id, secret })
  for (const text of ['', 'cap__', `cap_${id}_${secret}`, `${formatToken(id, secret)}a`, ` ${formatToken(id, secret)}`])
    expect(parseToken(text)).toBeNull()
})

describe('a change with the cookie', () => {
  const from = (change: object) => ({ method: 'POST', host: 'capstan.example:8080', origin: undefined, secFetchSite: undefined, ...change })
  test.each([
    ['says nothing of its origin', {}],
    ['comes from its own origin', { origin: 'https://capstan.example:8080', secFetchSite: 'same-origin' }],
    ['comes from an allowed origin', { origin: 'https://media.example', secFetchSite: 'cross-site' }],
    ['only reads', { method: 'GET', origin: 'https://evil.example' }],
  ])('passes when it %s', (_, change) => {
    expect(() => refuseForeignOrigin(from(change), ['https://media.example'])).not.toThrow()
  })
  test.each([
    ['comes from elsewhere', { origin: 'https://evil.example' }],
    ['comes from another port', { origin: 'https://capstan.example:9090' }],
    ['hides its origin', { origin: 'null' }],
    ['is cross-site by its metadata', { secFetchSite: 'cross-site' }],
    ['is same-site only', { secFetchSite: 'same-site' }],
  ])('is refused when it %s', (_, change) => {
    expect(() => refuseForeignOrigin(from(change), [])).toThrow(/another site/)
  })
  test('needs the token of its session', () => {
    expect(() => requireCsrfToken('GET', 'secret', undefined)).not.toThrow()
    expect(() => requireCsrfToken('POST', 'secret', csrfTokenOf('secret'))).not.toThrow()
    for (const wrong of [undefined, '', csrfTokenOf('other')])
      expect(() => requireCsrfToken('POST', 'secret', wrong)).toThrow(/X-CSRF-Token/)
  })
})

test('events tell what changed, and no secret', () => {
  const was = user('ada', { passwordHash: '$argon2id$1', totp: { state: 'on', secret: 'TOPSECRET', lastStep: 3 } })
  const now = { ...was, displayName: 'Ada L', passwordHash: '$argon2id$2' }
  expect(changedFacts(userFacts(was), userFacts(now))).toEqual({ before: { displayName: 'ada' }, after: { displayName: 'Ada L' } })
  expect(JSON.stringify(userFacts(was))).not.toMatch(/argon2|TOPSECRET/)
})
