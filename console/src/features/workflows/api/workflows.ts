import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { jobs, runs, workflowDefinitions, type RunView } from '@capstan/contract/work'
import { call } from '../../../lib/api.ts'
import { queryClient } from '../../../lib/query-client.ts'

export const useWorkflows = () =>
  useQuery({ queryKey: ['workflows'], queryFn: ({ signal }) => call(workflowDefinitions.list, { query: { limit: 100 }, signal }) })

export const useVersions = (name: string | undefined) =>
  useQuery({
    queryKey: ['workflows', name],
    queryFn: async ({ signal }) =>
      (await call(workflowDefinitions.list, { query: { filter: `name:${name}`, limit: 100 }, signal })).items.sort(
        (a, b) => b.version - a.version,
      ),
    enabled: name !== undefined,
  })

/** One run, by its id or number. */
export const useRun = (id: string | null) =>
  useQuery({
    queryKey: ['run', id],
    queryFn: ({ signal }) => call(runs.get, { params: { id: id ?? '' }, signal }),
    enabled: id !== null,
    placeholderData: keepPreviousData,
  })

/** What each job of a run is up to, and why, by its id. */
export const useJobStates = (runId: string | undefined) =>
  useQuery({
    queryKey: ['run-jobs', runId],
    queryFn: async ({ signal }) => {
      const { items } = await call(jobs.list, { query: { filter: `run:${runId}`, limit: 200 }, signal })
      return new Map(items.map(({ id, state, why }) => [id, { state, why }]))
    },
    enabled: runId !== undefined,
    structuralSharing: false,
  })

export const useRuns = (filter: string) =>
  useInfiniteQuery({
    queryKey: ['runs', filter],
    queryFn: ({ pageParam, signal }) => call(runs.list, { query: { limit: 50, cursor: pageParam, filter: filter || undefined }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })

export type RunAction = 'pause' | 'resume' | 'cancel' | 'retry'

export const useRunAction = () =>
  useMutation({
    mutationFn: ({ run, action }: { run: RunView; action: RunAction }) => call(runs[action], { params: { id: run.id } }),
    onSuccess: (run) => {
      for (const key of [run.id, String(run.number)])
        if (queryClient.getQueryData(['run', key])) queryClient.setQueryData(['run', key], run)
      for (const key of ['runs', 'jobs', 'status']) void queryClient.invalidateQueries({ queryKey: [key] })
    },
  })
