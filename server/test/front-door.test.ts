import { api } from '@capstan/contract/api'
import { ListQuery } from '@capstan/contract/common'
import type { Endpoint } from '@capstan/contract/endpoint'
import { urlOf } from '@capstan/contract/client'
import { RIGHTS } from '@capstan/contract/rights'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Platform } from './platform.ts'

const NOBODY = '00000000-0000-7000-8000-000000000000'

const endpoints = Object.values(api).flatMap((group) => Object.values(group) as Endpoint[])
const closed = endpoints.filter(({ permission }) => permission !== 'public')

let platform: Platform

beforeAll(async () => {
  platform = await Platform.start()
  await platform.signIn()
}, 90_000)

afterAll(() => platform.remove())

const pathOf = (endpoint: Endpoint): string => urlOf(endpoint, { params: { id: NOBODY, subClipId: NOBODY, markerId: NOBODY, '*': 'x' } })

const send = (endpoint: Endpoint, headers: Record<string, string>): Promise<Response> =>
  fetch(platform.url + pathOf(endpoint), {
    method: endpoint.method,
    headers: { ...headers, ...(endpoint.body ? { 'content-type': 'application/json' } : {}), 'if-match': '"1"' },
    body: endpoint.body ? '{}' : null,
    signal: AbortSignal.timeout(10_000),
  })

test('the contract is open to strangers only where one signs in', () => {
  expect(endpoints.filter(({ permission }) => permission === 'public').map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /sessions',
  ])
})

test.each(closed.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
  '%s needs a sign-in',
  async (_, endpoint) => {
    const response = await send(endpoint, {})
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(await response.json()).toMatchObject({ status: 401, code: 'unauthenticated', requestId: response.headers.get('x-request-id') })
    expect((await send(endpoint, { authorization: 'Bearer cap_nobody_nothing' })).status).toBe(401)
  },
)

const lists = endpoints.filter(({ query, path }) => query === ListQuery && !path.includes(':'))

test.each(lists.map((endpoint) => [endpoint.path, endpoint] as const))(
  '%s refuses an order that it does not know, naming those it does',
  async (_, endpoint) => {
    const refused = await platform.fetch(`${pathOf(endpoint)}?sort=-nonsense`)
    expect(refused.status).toBe(400)
    const { detail } = (await refused.json()) as { detail: string }
    expect(detail).toContain('"-nonsense"')
    const [, known] = /use (?:one of )?`?(-?[a-zA-Z]+)/.exec(detail) ?? []
    expect((await platform.fetch(`${pathOf(endpoint)}?sort=${known}`)).status).toBe(200)
  },
)

test('every route refuses a token that has all rights but the one it needs', { timeout: 60_000 }, async () => {
  const wrong: string[] = []
  for (const right of RIGHTS) {
    const token = await platform.makeToken(RIGHTS.filter((other) => other !== right))
    for (const endpoint of closed.filter(({ permission }) => permission === right)) {
      const response = await send(endpoint, { authorization: `Bearer ${token}` })
      if (response.status !== 403) wrong.push(`${endpoint.method} ${endpoint.path} without ${right}: ${response.status}`)
      await response.arrayBuffer()
    }
  }
  expect(wrong).toEqual([])
})

test('uploads by tus need a sign-in and the right to ingest', async () => {
  const headers = { 'tus-resumable': '1.0.0', 'upload-length': '5' }
  expect((await fetch(`${platform.url}/api/v1/uploads`, { method: 'POST', headers })).status).toBe(401)
  const token = await platform.makeToken(['see'])
  expect(
    (await fetch(`${platform.url}/api/v1/uploads`, { method: 'POST', headers: { ...headers, authorization: `Bearer ${token}` } })).status,
  ).toBe(403)
})

test('a change with the cookie needs the CSRF token, and no foreign origin', async () => {
  const { cookie, csrfToken } = await platform.openSession()
  const create = (headers: Record<string, string>) =>
    fetch(`${platform.url}/api/v1/assets`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', ...headers },
      body: '{"name":"x"}',
    })
  expect((await fetch(`${platform.url}/api/v1/users/me`, { headers: { cookie } })).status).toBe(200)
  expect((await create({})).status).toBe(403)
  expect((await create({ 'x-csrf-token': 'wrong' })).status).toBe(403)
  expect((await create({ 'x-csrf-token': csrfToken, origin: 'https://evil.example' })).status).toBe(403)
  expect((await create({ 'x-csrf-token': csrfToken })).status).toBe(201)
  const tus = (headers: Record<string, string>) =>
    fetch(`${platform.url}/api/v1/uploads`, {
      method: 'POST',
      headers: { cookie, 'tus-resumable': '1.0.0', 'upload-length': '5', ...headers },
    })
  expect((await tus({})).status).toBe(403)
  expect((await tus({ 'x-csrf-token': csrfToken })).status).toBe(201)
})

test('the session cookie is httpOnly and SameSite', async () => {
  const response = await fetch(`${platform.url}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'admin', password: platform.password() }),
  })
  expect(response.headers.getSetCookie().join()).toMatch(/HttpOnly.*SameSite=(Lax|Strict)|SameSite=(Lax|Strict).*HttpOnly/i)
})

test('wrong passwords lock the door, also for the right one', async () => {
  const signIn = (password: string) =>
    fetch(`${platform.url}/api/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'nobody', password }),
    })
  const answers: number[] = []
  for (let tries = 0; tries < 12; tries++) answers.push((await signIn(`wrong password ${tries}`)).status)
  expect(answers[0]).toBe(401)
  expect(answers.at(-1)).toBe(429)
})

test('openapi.json is 3.1 and lists every path of the contract', async () => {
  const document = (await (await fetch(`${platform.url}/api/v1/openapi.json`)).json()) as {
    openapi: string
    paths: Record<string, Record<string, unknown>>
  }
  expect(document.openapi).toMatch(/^3\.1\./)
  const missing = endpoints.filter(({ method, path }) => {
    const templated = `/api/v1${path.replace(/:(\w+)/g, '{$1}')}`
    const listed = document.paths[templated] ?? document.paths[templated.replace('*', '{*}')]
    return listed?.[method.toLowerCase()] === undefined
  })
  expect(missing.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  expect((await fetch(`${platform.url}/docs`)).status).toBe(200)
})

test('what is not there answers as a problem, without a stack', async () => {
  const response = await platform.fetch('/api/v1/nothing/here')
  expect(response.status).toBe(404)
  const text = await response.text()
  expect(JSON.parse(text)).toMatchObject({ code: 'not_found', status: 404 })
  expect(text).not.toMatch(/\bat .*\.ts/)
  for (const path of [
    '/api/v1/assets/%00',
    '/api/v1/assets/..%2f..%2fetc%2fpasswd',
    '/assets-static/..%2f..%2fpackage.json',
    '/api/v1/renditions/x/content/..%2f..%2f',
  ])
    expect((await platform.fetch(path)).status).toBeGreaterThanOrEqual(400)
})

test('a body that is no JSON, too large or of a wrong type is refused in words', async () => {
  const post = (body: string, type = 'application/json') =>
    platform.fetch('/api/v1/assets', { method: 'POST', headers: { 'content-type': type }, body })
  expect((await post('{"name":')).status).toBe(400)
  expect((await post('{"name":7}')).status).toBe(400)
  expect((await post('<name/>', 'application/xml')).status).toBe(415)
  expect((await post(JSON.stringify({ name: 'x', description: 'y'.repeat(3_000_000) }))).status).toBe(413)
})

test('a POST with the same idempotency key makes one thing', async () => {
  const post = () => platform.call(api.assets.create, { body: { name: 'once' }, idempotencyKey: 'only-once' })
  expect((await post()).id).toBe((await post()).id)
})

test('the console and its paths answer with a page under a strict policy', async () => {
  const response = await fetch(`${platform.url}/`)
  if (response.status === 404) return
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
})
