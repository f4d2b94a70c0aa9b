import type { z } from 'zod'
import { api } from '@capstan/contract/api'
import type { ListQuery } from '@capstan/contract/common'
import { ArrivalView } from '@capstan/contract/resources'
import { listRequest } from '../../http/list-query.ts'
import type { Route } from '../../http/route.ts'
import { CapstanError } from '../../lib/errors.ts'
import { toArrivalView } from './domain/arrival.ts'
import type { ArrivalPage } from './ports/transfer-store.ts'
import type { IngestRequest, IngestedItem } from './use-cases/ingest-paths.ts'
import { listUploads, type ListUploadsDeps } from './use-cases/list-uploads.ts'
import type { Principal } from '../identity/api.ts'

type Deps = ListUploadsDeps & {
  ingest: (by: Principal, request: Omit<IngestRequest, 'token'>, idempotencyKey: string | null) => Promise<IngestedItem[]>
}

/** `filter=state:refused`, `filter=source:hot_folder` or both. */
function arrivalsPage(query: ListQuery): ArrivalPage {
  const { filter, limit, cursor } = listRequest(query, { sort: ['-startedAt'], filter: ['state:', 'source:'] })
  const state = known(ArrivalView.shape.state, 'state', filter)
  const states: ArrivalPage['states'] = state === 'receiving' ? ['receiving', 'taking'] : state && [state]
  return { limit, cursor, states, source: known(ArrivalView.shape.source, 'source', filter), byId: null }
}

function known<T extends string>(values: z.ZodEnum<Record<T, T>>, word: string, filter: ReadonlyMap<string, string>): T | null {
  const value = filter.get(word)
  if (value === undefined) return null
  const parsed = values.safeParse(value)
  if (parsed.success) return parsed.data
  throw new CapstanError('invalid', `there is no ${word} "${value}": use one of ${values.options.join(', ')}`)
}

export function transferRoutes(route: Route, { store, live, assets, ingest }: Deps): void {
  route(api.uploads.list, async ({ by, query }) => {
    const { limit, cursor, filter } = listRequest(query, { sort: ['-createdAt'], filter: ['fingerprint:'] })
    return listUploads({ store, live, assets })(by, { limit, cursor, fingerprint: filter.get('fingerprint') ?? null })
  })
  route(api.arrivals.list, async ({ by, query }) => {
    const { items, nextCursor } = await store.list(by.accountId, arrivalsPage(query))
    return {
      items: items.map((arrival) => toArrivalView({ ...arrival, receivedBytes: live.liveBytes(arrival.id) ?? arrival.receivedBytes })),
      nextCursor,
    }
  })
  route(api.ingests.create, async ({ by, body, request }) => {
    const key = request.headers['idempotency-key']
    return { items: await ingest(by, body, typeof key === 'string' ? key : null) }
  })
}
