import { z } from 'zod'
import { Id, IdParams, listOf, ListQuery, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

const QuotaSettings = z.object({
  scope: z.enum(['action', 'workflow']),
  /** Of the action (the kind of its jobs) or of the workflow. */
  name: z.string().min(1).max(200),
  /** So many jobs of it may run at once in the account; more are pending. 0 holds all of them back. */
  maxRunning: z.int().min(0).max(100_000),
})
export type QuotaSettings = z.infer<typeof QuotaSettings>

export const QuotaView = QuotaSettings.extend({ id: Id, revision: z.int(), createdAt: Time })
export type QuotaView = z.infer<typeof QuotaView>

export const quotas = {
  list: endpoint({
    method: 'GET',
    path: '/quotas',
    permission: 'see',
    tag: 'quotas',
    summary: 'How much may run at once',
    query: ListQuery,
    reply: listOf(QuotaView),
  }),
  get: endpoint({
    method: 'GET',
    path: '/quotas/:id',
    permission: 'see',
    tag: 'quotas',
    summary: 'One quota',
    params: IdParams,
    reply: QuotaView,
  }),
  create: endpoint({
    method: 'POST',
    path: '/quotas',
    permission: 'administer',
    tag: 'quotas',
    summary: 'Let at most so many jobs of an action or a workflow run at once',
    body: QuotaSettings,
    reply: QuotaView,
    status: 201,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/quotas/:id',
    permission: 'administer',
    tag: 'quotas',
    summary: 'Let more or fewer run; what runs goes on',
    params: IdParams,
    body: QuotaSettings.pick({ maxRunning: true }),
    reply: QuotaView,
    ifMatch: true,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/quotas/:id',
    permission: 'administer',
    tag: 'quotas',
    summary: 'Remove a quota; what waited for it goes on',
    params: IdParams,
    status: 204,
  }),
}
