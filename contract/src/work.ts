import { z } from 'zod'
import { Id, IdParams, listOf, ListQuery, ObjectNumber, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { WorkflowDefinition } from './workflow-definition.ts'

export const JOB_STATES = [
  'created',
  'scheduled',
  'pending',
  'queued',
  'waiting_for_lock',
  'running',
  'paused',
  'completed',
  'failed',
  'timed_out',
  'cancelled',
  'in_doubt',
] as const
export const JobState = z.enum(JOB_STATES)
export type JobState = z.infer<typeof JobState>

/** Why a job failed, as an operator would sort it: our input, a passing fault, a resource, a business rule, or a defect of ours. */
export const FaultClass = z.enum(['input', 'transient', 'resource', 'business', 'defect'])
export type FaultClass = z.infer<typeof FaultClass>

export const JobView = z.object({
  id: Id,
  number: ObjectNumber,
  key: z.string(),
  kind: z.string(),
  pool: z.string(),
  state: JobState,
  priority: z.int(),
  attempt: z.int(),
  attemptsMax: z.int(),
  /** 0 to 100; null while nothing is known. */
  progress: z.number().min(0).max(100).nullable(),
  /** Why it waits or why it failed, in words, with the next step. */
  why: z.string().nullable(),
  fault: z.object({ code: z.string(), class: FaultClass, message: z.string() }).nullable(),
  runId: Id.nullable(),
  nodeId: z.string().nullable(),
  workflow: z.string().nullable(),
  asset: z.object({ id: Id, number: z.int(), name: z.string() }).nullable(),
  input: z.unknown(),
  output: z.unknown(),
  worker: z.string().nullable(),
  createdAt: Time,
  /** When it may start: a later time for a scheduled start or a back-off. */
  readyAt: Time,
  startedAt: Time.nullable(),
  endedAt: Time.nullable(),
  revision: z.int(),
})
export type JobView = z.infer<typeof JobView>

export const JobLogLine = z.object({
  at: Time,
  attempt: z.int(),
  level: z.enum(['info', 'warning', 'error']),
  message: z.string(),
  facts: z.record(z.string(), z.unknown()).nullable(),
})
export type JobLogLine = z.infer<typeof JobLogLine>

const jobAction = (action: string, summary: string) =>
  endpoint({
    method: 'POST',
    path: `/jobs/:id/${action}` as const,
    permission: 'operate',
    tag: 'jobs',
    summary,
    params: IdParams,
    reply: JobView,
  })

export const jobs = {
  list: endpoint({
    method: 'GET',
    path: '/jobs',
    permission: 'see',
    tag: 'jobs',
    summary: 'Jobs, newest first; filter words: state:a,b kind: run: asset: pool: quota:',
    query: ListQuery,
    reply: listOf(JobView),
  }),
  get: endpoint({ method: 'GET', path: '/jobs/:id', permission: 'see', tag: 'jobs', summary: 'One job', params: IdParams, reply: JobView }),
  log: endpoint({
    method: 'GET',
    path: '/jobs/:id/log',
    permission: 'see',
    tag: 'jobs',
    summary: 'Its log, oldest first',
    params: IdParams,
    query: ListQuery,
    reply: listOf(JobLogLine),
  }),
  retry: jobAction('retry', 'Try a job again that failed, timed out or was cancelled; its attempts start anew'),
  cancel: jobAction('cancel', 'Cancel a job, waiting or running'),
  pause: jobAction('pause', 'Hold a waiting job back'),
  resume: jobAction('resume', 'Let a paused job go on'),
  settle: endpoint({
    method: 'POST',
    path: '/jobs/:id/settle',
    permission: 'operate',
    tag: 'jobs',
    summary: 'Say what happened to a job in doubt',
    params: IdParams,
    body: z.object({ outcome: z.enum(['completed', 'failed']), note: z.string().max(2_000) }),
    reply: JobView,
  }),
  prioritise: endpoint({
    method: 'POST',
    path: '/jobs/:id/priority',
    permission: 'operate',
    tag: 'jobs',
    summary: 'Change the priority (0 low to 100 high)',
    params: IdParams,
    body: z.object({ priority: z.int().min(0).max(100) }),
    reply: JobView,
  }),
  bulk: endpoint({
    method: 'POST',
    path: '/jobs/actions',
    permission: 'operate',
    tag: 'jobs',
    summary: 'Retry or cancel all that match a filter; `dryRun` only counts',
    body: z.object({ action: z.enum(['retry', 'cancel']), filter: z.string().min(1).max(2_000), dryRun: z.boolean().default(false) }),
    reply: z.object({ matched: z.int(), changed: z.int() }),
  }),
}

export const RunStatus = z.enum(['running', 'paused', 'completed', 'failed', 'cancelled'])
export type RunStatus = z.infer<typeof RunStatus>

/** One node of the drawing, as far as this run has come. */
export const RunNodeView = z.object({
  id: z.string(),
  type: z.string(),
  title: z.string(),
  status: z.enum(['waiting', 'running', 'completed', 'failed', 'cancelled', 'skipped']),
  visits: z.int(),
  jobId: Id.nullable(),
  progress: z.number().min(0).max(100).nullable(),
  startedAt: Time.nullable(),
  endedAt: Time.nullable(),
  message: z.string().nullable(),
})
export type RunNodeView = z.infer<typeof RunNodeView>

export const RunSummary = z.object({
  id: Id,
  number: ObjectNumber,
  workflow: z.string(),
  version: z.int(),
  status: RunStatus,
  warnings: z.array(z.string()),
  reason: z.string().nullable(),
  asset: z.object({ id: Id, number: z.int(), name: z.string() }).nullable(),
  startedBy: z.string(),
  createdAt: Time,
  endedAt: Time.nullable(),
  revision: z.int(),
})
export type RunSummary = z.infer<typeof RunSummary>

export const RunView = RunSummary.extend({
  variables: z.record(z.string(), z.unknown()),
  definition: WorkflowDefinition,
  nodes: z.array(RunNodeView),
})
export type RunView = z.infer<typeof RunView>

const runAction = (action: string, summary: string) =>
  endpoint({
    method: 'POST',
    path: `/runs/:id/${action}` as const,
    permission: 'operate',
    tag: 'runs',
    summary,
    params: IdParams,
    reply: RunView,
  })

export const runs = {
  list: endpoint({
    method: 'GET',
    path: '/runs',
    permission: 'see',
    tag: 'runs',
    summary: 'Runs, newest first; filter words: status: workflow: asset:',
    query: ListQuery,
    reply: listOf(RunSummary),
  }),
  get: endpoint({
    method: 'GET',
    path: '/runs/:id',
    permission: 'see',
    tag: 'runs',
    summary: 'One run with its drawing',
    params: IdParams,
    reply: RunView,
  }),
  start: endpoint({
    method: 'POST',
    path: '/runs',
    permission: 'operate',
    tag: 'runs',
    summary: 'Start a workflow, about an asset where it needs one',
    body: z.object({
      workflow: z.string().min(1).max(200),
      version: z.int().positive().optional(),
      assetId: Id.optional(),
      variables: z.record(z.string(), z.unknown()).default({}),
    }),
    reply: RunView,
    status: 201,
  }),
  cancel: runAction('cancel', 'Cancel a run and its jobs'),
  pause: runAction('pause', 'Start no further step'),
  resume: runAction('resume', 'Go on'),
  retry: runAction('retry', 'Go on from the steps that failed'),
}

export const WorkflowDefinitionView = z.object({
  id: Id,
  name: z.string(),
  version: z.int(),
  title: z.string(),
  current: z.boolean(),
  definition: WorkflowDefinition,
  createdAt: Time,
  createdBy: z.string(),
})
export type WorkflowDefinitionView = z.infer<typeof WorkflowDefinitionView>

export const workflowDefinitions = {
  list: endpoint({
    method: 'GET',
    path: '/workflow-definitions',
    permission: 'see',
    tag: 'workflows',
    summary: 'Workflows, current versions; `filter=name:<name>` lists all versions of one',
    query: ListQuery,
    reply: listOf(WorkflowDefinitionView),
  }),
  get: endpoint({
    method: 'GET',
    path: '/workflow-definitions/:id',
    permission: 'see',
    tag: 'workflows',
    summary: 'One version',
    params: IdParams,
    reply: WorkflowDefinitionView,
  }),
  deploy: endpoint({
    method: 'POST',
    path: '/workflow-definitions',
    permission: 'administer',
    tag: 'workflows',
    summary: 'Deploy a version; the same definition again changes nothing. Errors name the node and what to do',
    body: WorkflowDefinition,
    reply: WorkflowDefinitionView,
    status: 201,
  }),
}
