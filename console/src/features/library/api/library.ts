import { keepPreviousData, useInfiniteQuery, type InfiniteData } from '@tanstack/react-query'
import { useMemo } from 'react'
import { assets, search, type AssetSummary, type FacetView } from '@capstan/contract/assets'
import { call } from '../../../lib/api.ts'

export type LibrarySearch = { q?: string | undefined; sort?: string | undefined; bin?: boolean | undefined }

const PAGE = 100
const FACETS = 'kind,tag,is,resolution,codec,container,hdr,language'

type LibraryPage = { items: AssetSummary[]; nextCursor: string | null; total: number | null; tookMs: number | null; facets: FacetView[] }

export const libraryKey = ({ q, sort, bin }: LibrarySearch) => (bin ? ['bin', q ?? '', sort ?? ''] : ['library', q ?? '', sort ?? ''])

async function page({ q, sort, bin }: LibrarySearch, cursor: string | undefined, signal: AbortSignal): Promise<LibraryPage> {
  const query = { limit: PAGE, cursor, ...(q ? { q } : {}) }
  if (bin && !q)
    return {
      ...(await call(assets.list, { query: { ...query, sort: binSort(sort), filter: 'deleted' }, signal })),
      total: null,
      tookMs: null,
      facets: [],
    }
  const within = bin ? { filter: 'is:deleted' } : {}
  return call(search.query, { query: { ...query, ...within, sort, ...(cursor ? {} : { facets: FACETS }) }, signal })
}

/** All of the bin is no search: it sorts by number, name, size and duration only. */
const binSort = (sort: string | undefined): string | undefined =>
  sort === 'created' ? 'number' : sort === '-created' || sort === '-updated' ? undefined : sort

export type Library = {
  items: readonly AssetSummary[]
  /** How many fit in all; null where the platform does not count. */
  total: number | null
  tookMs: number | null
  facets: readonly FacetView[]
  error: Error | null
  isPending: boolean
  /** True while an older answer stands in for the one that is asked. */
  isOld: boolean
  hasMore: boolean
  more: () => void
  again: () => void
}

/** The assets that fit, read page by page as one scrolls. */
export function useLibrary(wanted: LibrarySearch): Library {
  const query = useInfiniteQuery({
    queryKey: libraryKey(wanted),
    queryFn: ({ pageParam, signal }) => page(wanted, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })
  const { data } = query
  const items = useMemo(() => allOf(data), [data])
  const first = data?.pages[0]
  return {
    items,
    total: first?.total ?? (query.hasNextPage ? null : items.length),
    tookMs: first?.tookMs ?? null,
    facets: first?.facets ?? [],
    error: query.error,
    isPending: query.isPending,
    isOld: query.isPlaceholderData,
    hasMore: query.hasNextPage,
    more: () => {
      if (query.hasNextPage && !query.isFetchingNextPage && !query.isPlaceholderData) void query.fetchNextPage()
    },
    again: () => void query.refetch(),
  }
}

const allOf = (data: InfiniteData<LibraryPage> | undefined): AssetSummary[] => data?.pages.flatMap(({ items }) => items) ?? []
