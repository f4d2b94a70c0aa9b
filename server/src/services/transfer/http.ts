import { api } from '@capstan/contract/api'
import type { ListQuery } from '@capstan/contract/common'
import { ArrivalView } from '@capstan/contract/resources'
import type { Route } from '../../http/route.ts'
import { CapstanError } from '../../lib/errors.ts'
import { toArrivalView, toUploadView } from './domain/arrival.ts'
import type { ArrivalPage, TransferStore } from './ports/transfer-store.ts'
import type { IngestRequest, IngestedItem } from './use-cases/ingest-paths.ts'
import type { LiveUploads } from './use-cases/live-uploads.ts'
import type { Principal } from '../identity/api.ts'

type Deps = {
  store: TransferStore
  live: LiveUploads
  ingest: (by: Principal, request: Omit<IngestRequest, 'token'>, idempotencyKey: string | null) => Promise<IngestedItem[]>
}

/** `filter=state:refused` or `filter=source:hot_folder`. */
function parseFilter(filter: string | undefined): Pick<ArrivalPage, 'states' | 'source'> {
  if (filter === undefined || filter === '') return { states: null, source: null }
  const [name, value] = filter.split(':')
  const state = ArrivalView.shape.state.safeParse(value)
  if (name === 'state' && state.success)
    return { states: state.data === 'receiving' ? ['receiving', 'taking'] : [state.data], source: null }
  const source = ArrivalView.shape.source.safeParse(value)
  if (name === 'source' && source.success) return { states: null, source: source.data }
  throw new CapstanError('invalid', 'the filter of arrivals is state:<state> or source:<source>')
}

const pageOf = ({ limit, cursor }: ListQuery) => ({ limit, cursor: cursor ?? null })

export function transferRoutes(route: Route, { store, live, ingest }: Deps): void {
  route(api.uploads.list, async ({ by, query }) => {
    const { items, nextCursor } = await store.list(by.accountId, { ...pageOf(query), states: ['receiving'], source: 'upload', byId: by.id })
    return {
      items: items.map((arrival) => toUploadView({ ...arrival, receivedBytes: live.liveBytes(arrival.id) ?? arrival.receivedBytes })),
      nextCursor,
    }
  })
  route(api.arrivals.list, async ({ by, query }) => {
    const { items, nextCursor } = await store.list(by.accountId, { ...pageOf(query), ...parseFilter(query.filter), byId: null })
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
