import { quotas as endpoints } from '@capstan/contract/quotas'
import { listRequest } from '../../http/list-query.ts'
import type { Route } from '../../http/route.ts'
import { toQuotaView } from './domain/quota.ts'
import { changeQuota, createQuota, getQuota, removeQuota, type QuotaDeps } from './use-cases/quotas.ts'

/** Registers /quotas. */
export function quotaRoutes(route: Route, deps: QuotaDeps): void {
  route(endpoints.list, async ({ by, query }) => {
    const { items, nextCursor } = await deps.quotas.list(by.accountId, listRequest(query, { sort: ['createdAt'] }))
    return { items: items.map(toQuotaView), nextCursor }
  })
  route(endpoints.get, async ({ by, params }) => toQuotaView(await getQuota(deps.quotas, by.accountId, params.id)))
  route(endpoints.create, async ({ by, body }) => toQuotaView(await createQuota(deps)(by, body)))
  route(endpoints.change, async ({ by, params, body, expectedRevision }) =>
    toQuotaView(await changeQuota(deps)(by, params.id, body.maxRunning, expectedRevision)),
  )
  route(endpoints.remove, async ({ by, params }) => {
    await removeQuota(deps)(by, params.id)
    return undefined
  })
}
