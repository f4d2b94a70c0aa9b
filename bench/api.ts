import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { api } from '@capstan/contract/api'
import { rounded, type Bench, type Figure } from './figures.ts'
import { startPlatform, type BenchPlatform } from './platform.ts'

const CONNECTIONS = 20
const WORDS = [
  'forest',
  'dawn',
  'interview',
  'mayor',
  'squirrel',
  'stadium',
  'evening',
  'news',
  'market',
  'tower',
  'river',
  'night',
  'crowd',
  'train',
]
/** Nine of them and fourteen words make 126 different searches, each with some 500 hits in 20,000 assets. */
const TAKES = [0, 1, 2, 3, 4, 5, 6, 7, 8]
const GOALS = { get: 5_000, list_25: 2_000, search: 800, create: 1_000 } as const

/** Requests a second with 20 connections, signed in, permission on, over a library of 20,000 assets. */
export const run: Bench = async ({ quick, folder }) => {
  const assets = quick ? 1_000 : 20_000
  const seconds = quick ? 2 : 10
  const platform = await startPlatform(join(folder, 'data'))
  try {
    const ids = await fill(platform, assets)
    const pick = counter(ids)
    const word = counter(WORDS)
    const get = await load(platform, seconds, () => ({ path: `/api/v1/assets/${pick()}` }))
    const list = await load(platform, seconds, () => ({ path: '/api/v1/assets?limit=25' }))
    const take = counter(TAKES)
    const search = await load(platform, seconds, () => ({ path: `/api/v1/search?limit=25&q=${word()}%20take${take()}` }))
    const create = await load(platform, seconds, () => ({
      path: '/api/v1/assets',
      method: 'POST',
      body: JSON.stringify({ name: `Created ${randomUUID()}` }),
    }))
    return { figures: [...figures('get', get), ...figures('list_25', list), ...figures('search', search), ...figures('create', create)] }
  } finally {
    await platform.stop()
  }
}

type Load = { perSecond: number; p99Ms: number; failures: number }

const figures = (name: keyof typeof GOALS, { perSecond, p99Ms, failures }: Load): Figure[] => [
  {
    name: `api_${name}_per_second`,
    value: failures > 0 ? null : rounded(perSecond, 0),
    unit: 'requests/s',
    goal: GOALS[name],
    better: 'higher',
  },
  { name: `api_${name}_p99_ms`, value: failures > 0 ? null : rounded(p99Ms, 1), unit: 'ms', goal: 50, better: 'lower' },
]

/** Made through the front door, so that the index and the history hold what they would. */
async function fill({ client }: BenchPlatform, count: number): Promise<string[]> {
  const ids: string[] = []
  const word = counter(WORDS)
  let next = 0
  const work = async () => {
    while (next < count) {
      const index = next++
      const { id } = await client(api.assets.create, {
        body: { name: `${word()} ${word()} take${TAKES[index % TAKES.length]}`, tags: [word(), `reel${index % 50}`] },
      })
      ids.push(id)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  await untilSearchable(client, count)
  return ids
}

async function untilSearchable(client: BenchPlatform['client'], count: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { total } = await client(api.search.query, { query: { limit: 1 } })
    if (total >= count) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the index did not follow within a minute')
}

function counter<T>(values: readonly T[]): () => T {
  let index = 0
  return () => values[index++ % values.length] as T
}

type Shot = { path: string; method?: 'GET' | 'POST'; body?: string }

/** The load comes from a process of its own kind: autocannon's worker, so that measuring does not slow what is measured more than it must. */
async function load({ url, token }: BenchPlatform, seconds: number, shot: () => Shot): Promise<Load> {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    requests: [
      {
        setupRequest: (request: object) => {
          const { path, method = 'GET', body } = shot()
          return { ...request, path, method, ...(body ? { body } : {}) }
        },
      },
    ],
  })
  return { perSecond: result.requests.average, p99Ms: result.latency.p99, failures: result.non2xx + result.errors }
}
