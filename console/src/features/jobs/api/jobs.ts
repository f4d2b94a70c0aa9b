import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { jobs, type JobView } from '@capstan/contract/work'
import { call } from '../../../lib/api.ts'
import { queryClient } from '../../../lib/query-client.ts'

const PAGE = 100

export const useJobs = (filter: string, q: string) =>
  useInfiniteQuery({
    queryKey: ['jobs', filter, q],
    queryFn: ({ pageParam, signal }) =>
      call(jobs.list, { query: { limit: PAGE, cursor: pageParam, filter: filter || undefined, q: q || undefined }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })

export const useJob = (id: string | undefined) =>
  useQuery({
    queryKey: ['job', id],
    queryFn: ({ signal }) => call(jobs.get, { params: { id: id ?? '' }, signal }),
    enabled: id !== undefined,
    placeholderData: keepPreviousData,
  })

/** The log of a job, read again while it runs. */
export const useJobLog = (id: string, running: boolean) =>
  useQuery({
    queryKey: ['job', id, 'log'],
    queryFn: async ({ signal }) => (await call(jobs.log, { params: { id }, query: { limit: 200 }, signal })).items,
    refetchInterval: running ? 2_000 : false,
  })

export type JobAction = 'retry' | 'cancel' | 'pause' | 'resume'

function keep(job: JobView): void {
  queryClient.setQueryData(['job', job.id], job)
  for (const key of ['jobs', 'run', 'run-jobs', 'status']) void queryClient.invalidateQueries({ queryKey: [key] })
}

export const useJobAction = () =>
  useMutation({
    mutationFn: ({ id, action }: { id: string; action: JobAction }) => call(jobs[action], { params: { id } }),
    onSuccess: keep,
  })

export const useSettle = () =>
  useMutation({
    mutationFn: ({ id, outcome, note }: { id: string; outcome: 'completed' | 'failed'; note: string }) =>
      call(jobs.settle, { params: { id }, body: { outcome, note } }),
    onSuccess: keep,
  })

type Bulk = { action: 'retry' | 'cancel'; filter: string }

/** How many jobs an action would touch; changes nothing. */
export const useBulkCount = ({ action, filter }: Bulk, enabled: boolean) =>
  useQuery({
    queryKey: ['jobs-bulk', action, filter],
    queryFn: ({ signal }) => call(jobs.bulk, { body: { action, filter, dryRun: true }, signal }),
    enabled,
    staleTime: 0,
    gcTime: 0,
  })

export const useBulk = () =>
  useMutation({
    mutationFn: ({ action, filter }: Bulk) => call(jobs.bulk, { body: { action, filter, dryRun: false } }),
    onSuccess: () =>
      Promise.all(['jobs', 'job', 'run', 'run-jobs', 'runs', 'status'].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
  })
