import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import type { z } from 'zod'
import { auditEntries } from '@capstan/contract/events'
import { roles, sessions, tokens, users, type NewUser, type RoleView, type UserChange, type UserView } from '@capstan/contract/identity'
import { quotas, type QuotaSettings, type QuotaView } from '@capstan/contract/quotas'
import { hotFolders, storages, type HotFolderSettings, type HotFolderView } from '@capstan/contract/resources'
import type { Right } from '@capstan/contract/rights'
import { jobs, workflowDefinitions } from '@capstan/contract/work'
import { call } from '../../../lib/api.ts'
import { queryClient } from '../../../lib/query-client.ts'

const refresh =
  (...keys: string[]) =>
  () =>
    Promise.all(keys.map((key) => queryClient.invalidateQueries({ queryKey: [key] })))
const ifMatch = ({ revision }: { revision: number }): string => `"${revision}"`
const all = { limit: 200 }

export const useUsers = () =>
  useQuery({ queryKey: ['users'], queryFn: async ({ signal }) => (await call(users.list, { query: all, signal })).items })
export const useRoles = () =>
  useQuery({ queryKey: ['roles'], queryFn: async ({ signal }) => (await call(roles.list, { query: all, signal })).items })
export const useTokens = (everybody: boolean) =>
  useQuery({
    queryKey: ['tokens', everybody],
    queryFn: async ({ signal }) => (await call(tokens.list, { query: { ...all, ...(everybody ? { filter: 'all' } : {}) }, signal })).items,
  })
export const useSessions = (everybody: boolean) =>
  useQuery({
    queryKey: ['sessions', everybody],
    queryFn: async ({ signal }) =>
      (await call(sessions.list, { query: { ...all, ...(everybody ? { filter: 'all' } : {}) }, signal })).items,
  })
export const useHotFolders = () =>
  useQuery({
    queryKey: ['hot-folders'],
    queryFn: async ({ signal }) => (await call(hotFolders.list, { query: all, signal })).items,
    refetchInterval: 10_000,
  })
/** The names of the current workflows, and of the actions in them. */
export const useWorkflowNames = () =>
  useQuery({
    queryKey: ['workflows', 'names'],
    queryFn: async ({ signal }) => {
      const { items } = await call(workflowDefinitions.list, { query: all, signal })
      const nodes = items.flatMap(({ definition }) => definition.nodes)
      const actions = nodes.flatMap((node) => (node.type === 'action' ? [node.action] : []))
      return { workflows: items.map(({ name }) => name), actions: [...new Set(actions)].sort() }
    },
  })
export const useQuotas = () =>
  useQuery({ queryKey: ['quotas'], queryFn: async ({ signal }) => (await call(quotas.list, { query: all, signal })).items })
/** The jobs that are pending because of a quota, at most 200 of them. */
export const useWaitingFor = (filter: string) =>
  useQuery({
    queryKey: ['quota-jobs', filter],
    queryFn: async ({ signal }) => (await call(jobs.list, { query: { ...all, filter }, signal })).items.length,
  })
export const useStorages = () =>
  useQuery({
    queryKey: ['storages'],
    queryFn: async ({ signal }) => (await call(storages.list, { query: all, signal })).items,
    refetchInterval: 15_000,
  })

export const useAudit = (filter: string) =>
  useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      call(auditEntries.list, { query: { limit: 100, cursor: pageParam, filter: filter || undefined }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  })

export const useAddUser = () =>
  useMutation({ mutationFn: (body: z.input<typeof NewUser>) => call(users.create, { body }), onSuccess: refresh('users') })
export const useChangeUser = () =>
  useMutation({
    mutationFn: ({ user, change }: { user: UserView; change: z.input<typeof UserChange> }) =>
      call(users.change, { params: { id: user.id }, body: change, ifMatch: ifMatch(user) }),
    onSuccess: refresh('users'),
  })
export const useRemoveTotp = () =>
  useMutation({ mutationFn: (id: string) => call(users.removeTotp, { params: { id } }), onSuccess: refresh('users') })

export type RoleForm = { name: string; description: string; rights: Right[] }
export const useSaveRole = () =>
  useMutation({
    mutationFn: ({ role, body }: { role: RoleView | null; body: RoleForm }) =>
      role ? call(roles.change, { params: { id: role.id }, body, ifMatch: ifMatch(role) }) : call(roles.create, { body }),
    onSuccess: refresh('roles', 'users'),
  })
export const useRemoveRole = () =>
  useMutation({ mutationFn: (id: string) => call(roles.remove, { params: { id } }), onSuccess: refresh('roles') })

export const useAddToken = () =>
  useMutation({
    mutationFn: (body: { name: string; rights?: Right[]; expiresInDays: number }) => call(tokens.create, { body }),
    onSuccess: refresh('tokens'),
  })
export const useRemoveToken = () =>
  useMutation({ mutationFn: (id: string) => call(tokens.remove, { params: { id } }), onSuccess: refresh('tokens') })
export const useEndSession = () =>
  useMutation({ mutationFn: (id: string) => call(sessions.remove, { params: { id } }), onSuccess: refresh('sessions') })

export const useSaveHotFolder = () =>
  useMutation({
    mutationFn: ({ folder, body }: { folder: HotFolderView | null; body: HotFolderSettings }) =>
      folder ? call(hotFolders.change, { params: { id: folder.id }, body, ifMatch: ifMatch(folder) }) : call(hotFolders.create, { body }),
    onSuccess: refresh('hot-folders', 'arrivals'),
  })
export const useSaveQuota = () =>
  useMutation({
    mutationFn: ({ quota, body }: { quota: QuotaView | null; body: QuotaSettings }) =>
      quota
        ? call(quotas.change, { params: { id: quota.id }, body: { maxRunning: body.maxRunning }, ifMatch: ifMatch(quota) })
        : call(quotas.create, { body }),
    onSuccess: refresh('quotas'),
  })
export const useRemoveQuota = () =>
  useMutation({ mutationFn: (id: string) => call(quotas.remove, { params: { id } }), onSuccess: refresh('quotas') })
export const useRemoveHotFolder = () =>
  useMutation({ mutationFn: (id: string) => call(hotFolders.remove, { params: { id } }), onSuccess: refresh('hot-folders') })
