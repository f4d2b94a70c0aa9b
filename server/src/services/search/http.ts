import { api } from '@capstan/contract/api'
import type { AssetSummary } from '@capstan/contract/assets'
import type { Route } from '../../http/route.ts'
import type { Principal } from '../identity/api.ts'
import type { FoundAssets, SearchAssets } from './use-cases/search-assets.ts'

export type SearchHttpDeps = {
  search: (by: Principal, input: SearchAssets) => Promise<FoundAssets>
  summaries: (accountId: number, numbers: readonly number[]) => Promise<AssetSummary[]>
}

export function searchRoutes(route: Route, { search, summaries }: SearchHttpDeps): void {
  route(api.search.query, async ({ by, query }) => {
    const { hits, nextCursor, total, facets, tookMs } = await search(by, { ...query, typing: query.typing === '1' })
    return {
      items: await summaries(
        by.accountId,
        hits.map(({ number }) => number),
      ),
      nextCursor,
      total,
      tookMs: Math.round(tookMs * 10) / 10,
      facets,
    }
  })
}
