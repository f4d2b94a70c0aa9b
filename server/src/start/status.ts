import { api } from '@capstan/contract/api'
import type { JobState } from '@capstan/contract/work'
import type { Ports } from '../compose.ts'
import type { Route } from '../http/route.ts'
import type { Services } from './services.ts'

const WAITING: ReadonlySet<JobState> = new Set(['created', 'scheduled', 'pending', 'queued', 'waiting_for_lock'])
const FRESH_MS = 1_000
const FAILED_COUNTED_MAX = 1_000

/** The line at the foot of every page. Asked for by everybody all the time, so it is counted at most once a second. */
export function statusRoute(route: Route, { ports, services, version }: { ports: Ports; services: Services; version: string }): void {
  let known: { atMs: number; accountId: number; value: Awaited<ReturnType<typeof count>> } | null = null
  const count = async (accountId: number) => {
    const [counts, assets, storage] = await Promise.all([
      ports.jobList.counts(),
      ports.assets.count(accountId),
      services.mainStorage(accountId),
    ])
    const sum = (wanted: (state: JobState) => boolean) =>
      counts.filter(({ state }) => wanted(state)).reduce((total, entry) => total + entry.count, 0)
    const failed = (await ports.jobList.numbers(accountId, { states: ['failed', 'timed_out', 'in_doubt'] }, 0, FAILED_COUNTED_MAX)).length
    return { jobs: { running: sum((state) => state === 'running'), waiting: sum((state) => WAITING.has(state)), failed }, assets, storage }
  }
  route(api.status.get, async ({ by }) => {
    const nowMs = ports.clock.now()
    if (!known || known.accountId !== by.accountId || nowMs - known.atMs > FRESH_MS)
      known = { atMs: nowMs, accountId: by.accountId, value: await count(by.accountId) }
    return { version, account: 'main', notices: services.notices(), ...known.value }
  })
}
