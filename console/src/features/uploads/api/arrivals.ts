import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { arrivals, uploads, type ArrivalView } from '@capstan/contract/resources'
import { call } from '../../../lib/api.ts'

/** Events tell of everything but the bytes in between. */
const LOOK_AGAIN_MS = 5_000

const isOpen = ({ state }: ArrivalView): boolean => state !== 'taken' && state !== 'refused'

export const useArrivals = () =>
  useInfiniteQuery({
    queryKey: ['arrivals'],
    queryFn: ({ pageParam, signal }) => call(arrivals.list, { query: { limit: 100, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    refetchInterval: ({ state }) => (state.data?.pages.some(({ items }) => items.some(isOpen)) ? LOOK_AGAIN_MS : false),
  })

export const useUnfinishedUploads = (enabled: boolean) =>
  useQuery({
    queryKey: ['uploads'],
    queryFn: async ({ signal }) => (await call(uploads.list, { query: { limit: 200 }, signal })).items,
    enabled,
    refetchInterval: ({ state }) => (state.data?.length ? LOOK_AGAIN_MS : false),
  })
