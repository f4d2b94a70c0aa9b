import type { FastifyReply, FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import type { Begun, IdempotencyStore, KeptReply, RequestKey } from '../ports/idempotency-store.ts'
import { systemPrincipal } from '../services/identity/api.ts'
import { answerOnce } from './idempotency.ts'

/** A store that remembers all that it was given. */
function remembering() {
  const rows = new Map<string, { hash: string; reply: KeptReply | null }>()
  const store: IdempotencyStore = {
    begin: async ({ key }: RequestKey, hash): Promise<Begun> => {
      const known = rows.get(key)
      if (!known) rows.set(key, { hash, reply: null })
      if (!known) return { state: 'new' }
      if (known.hash !== hash) return { state: 'other' }
      return known.reply ? { state: 'answered', reply: known.reply } : { state: 'running' }
    },
    answer: async ({ key }, reply) => void (rows.get(key)!.reply = reply),
    forget: async ({ key }) => void rows.delete(key),
    prune: async () => 0,
  }
  return { store, kept: () => JSON.stringify([...rows]) }
}

function ask(store: IdempotencyStore, { key, body, secret = false }: { key: string; body: unknown; secret?: boolean }) {
  const headers: Record<string, string> = {}
  const request = {
    method: 'POST',
    url: '/api/v1/things',
    headers: { 'idempotency-key': key },
    body,
    principal: systemPrincipal(1, 'Ada', []),
  } as unknown as FastifyRequest
  const reply = {
    statusCode: 201,
    status: () => reply,
    header: (name: string, value: string) => ((headers[name] = value), reply),
    getHeader: (name: string) => headers[name],
  } as unknown as FastifyReply
  const once = answerOnce(store, () => 1_000, 0)
  return once(request, reply, async () => {
    if (secret) void reply.header('cache-control', 'no-store')
    return { token: 'cap_secret' }
  }).then((answer) => ({ answer, replayed: headers['idempotent-replay'] === 'true' }))
}

test('a repetition gets the first answer, another request with the same key is refused', async () => {
  const { store } = remembering()
  expect(await ask(store, { key: 'k', body: { a: 1 } })).toMatchObject({ replayed: false })
  expect(await ask(store, { key: 'k', body: { a: 1 } })).toEqual({ answer: { token: 'cap_secret' }, replayed: true })
  await expect(ask(store, { key: 'k', body: { a: 2 } })).rejects.toMatchObject({ code: 'conflict' })
})

test('an answer with a secret is done once, shown once, and never kept', async () => {
  const { store, kept } = remembering()
  expect(await ask(store, { key: 'k', body: {}, secret: true })).toMatchObject({ answer: { token: 'cap_secret' } })
  expect(kept()).not.toContain('cap_secret')
  await expect(ask(store, { key: 'k', body: {}, secret: true })).rejects.toMatchObject({ details: { reason: 'shown_once' } })
})

test('what is kept of a request tells nothing of its password without the key', async () => {
  const [one, other] = [remembering(), remembering()]
  await ask(one.store, { key: '4f9a2c', body: { password: 'hunter2hunter2' } })
  await ask(other.store, { key: '77c0de', body: { password: 'hunter2hunter2' } })
  expect(one.kept()).not.toContain('4f9a2c')
  const [[, first]] = JSON.parse(one.kept()) as [[string, { hash: string }]]
  const [[, second]] = JSON.parse(other.kept()) as [[string, { hash: string }]]
  expect(first.hash).not.toBe(second.hash)
})
