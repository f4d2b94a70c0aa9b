import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { arrivals, uploads } from '@capstan/contract/resources'
import { call } from '../../../lib/api.ts'

export const useArrivals = () =>
  useInfiniteQuery({
    queryKey: ['arrivals'],
    queryFn: ({ pageParam, signal }) => call(arrivals.list, { query: { limit: 100, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    refetchInterval: 5_000,
  })

export const useUnfinishedUploads = (enabled: boolean) =>
  useQuery({
    queryKey: ['uploads'],
    queryFn: async ({ signal }) => (await call(uploads.list, { query: { limit: 200 }, signal })).items,
    enabled,
    refetchInterval: 10_000,
  })
