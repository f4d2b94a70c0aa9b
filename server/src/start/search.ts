import { open } from 'node:fs/promises'
import type { Ports } from '../compose.ts'
import type { DeliveredEvent } from '../ports/event-bus.ts'
import type { Asset } from '../services/assets/domain/asset.ts'
import type { Assets } from '../services/assets/index.ts'
import { createIndexer, searchAssets, toSearchDocument, type SearchDocument } from '../services/search/index.ts'
import { searchRoutes } from '../services/search/http.ts'
import type { Route } from '../http/route.ts'

const TEXT_BYTES_MAX = 800_000
const PAGE = 200
const INDEXED_EVENTS = [
  ...['asset.created', 'asset.changed', 'asset.deleted', 'asset.restored', 'asset.purged', 'asset.probed', 'asset.worked'],
  ...['asset.published', 'asset.unpublished', 'rendition.created'],
]

/** The search service over the assets: follows their events, and writes its index anew when it asks for that. */
export function createSearch({
  assets,
  ports,
  onError,
}: {
  assets: Assets
  ports: Ports
  onError: (error: unknown, what: string) => void
}) {
  const index = ports.searchIndex
  const documentOf = async (asset: Asset): Promise<SearchDocument> =>
    toSearchDocument({
      ...asset,
      owner: asset.createdBy,
      workspaceIds: [],
      createdAt: asset.createdAtMs,
      updatedAt: asset.updatedAtMs,
      text: asset.kind === 'document' ? await textOf(assets, asset) : null,
      hasWarnings: asset.warnings.length > 0,
    })
  const fetchDocuments = async (accountId: number, ids: readonly string[]) => {
    const found = await Promise.all(ids.map((id) => ports.assets.find(accountId, id)))
    return { documents: await Promise.all(found.flatMap((asset) => asset ?? []).map(documentOf)), tombstones: [] }
  }
  const indexer = createIndexer({ index, fetchDocuments })
  const search = searchAssets({ index, clock: ports.clock, scopeOf: () => 'all' })

  async function* pages(): AsyncGenerator<SearchDocument[]> {
    for (const deleted of [false, true]) {
      let cursor: string | null = null
      do {
        const page: { items: Asset[]; nextCursor: string | null } = await ports.assets.list(ACCOUNT_ID, {
          limit: PAGE,
          cursor,
          sort: 'number',
          deleted,
          kind: null,
        })
        yield await Promise.all(page.items.map(documentOf))
        cursor = page.nextCursor
      } while (cursor)
    }
  }
  let rebuilding: Promise<void> | null = null
  const rebuild = (): void => {
    rebuilding ??= indexer
      .rebuild({ checkpoints: async () => [{ accountId: ACCOUNT_ID, sequence: await ports.history.head() }], pages })
      .then(() => undefined)
      .catch((error: unknown) => onError(error, 'the search index could not be rebuilt'))
      .finally(() => (rebuilding = null))
  }

  return {
    query: search,
    rebuild,
    routes: (route: Route) => searchRoutes(route, { search, summaries: (accountId, numbers) => assets.api.summaries(accountId, numbers) }),
    start: async () => {
      if ((await index.state()).needsRebuild) rebuild()
      await ports.bus.subscribe({ consumer: 'search', names: INDEXED_EVENTS, batchMax: 500 }, (events) => indexer.apply(changesOf(events)))
    },
    stop: async () => {
      await rebuilding
    },
  }
}

const ACCOUNT_ID = 1

const changesOf = (events: readonly DeliveredEvent[]) =>
  events.flatMap(({ accountId, assetId, sequence }) => (assetId ? [{ accountId, assetId, sequence }] : []))

/** The text that was read out of a document, as far as it is indexed. */
async function textOf(assets: Assets, asset: Asset): Promise<string | null> {
  const rendition = (await assets.renditions.renditionsOf(asset.accountId, asset.id)).find(({ kind }) => kind === 'text')
  if (!rendition) return null
  const handle = await open(assets.blobs.resolve(`${rendition.folder}/${rendition.mainFile}`)).catch(() => null)
  if (!handle) return null
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(Math.min(TEXT_BYTES_MAX, rendition.sizeBytes)),
      0,
      Math.min(TEXT_BYTES_MAX, rendition.sizeBytes),
      0,
    )
    return buffer.subarray(0, bytesRead).toString('utf8')
  } finally {
    await handle.close()
  }
}
