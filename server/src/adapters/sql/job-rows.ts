import type { Job, UnnumberedJob } from '../../services/jobs/domain/job.ts'

export type JobRow = {
  number: number
  account_id: number
  id: string
  job_key: string
  kind: string
  pool: string
  repeat_mode: string
  state: string
  priority: number
  attempt: number
  attempts_max: number
  starts: number
  waits: number
  losses: number
  retry_delay_ms: number
  retry_factor: number
  timeout_ms: number
  progress: number | null
  why: string | null
  fault: string | null
  run_id: string | null
  node_id: string | null
  workflow: string | null
  asset_id: string | null
  asset: string | null
  input: string
  output: string | null
  worker: string | null
  lease_token: string | null
  lease_until_ms: number | null
  lock_key: string | null
  quota: string | null
  created_at_ms: number
  ready_at_ms: number
  started_at_ms: number | null
  ended_at_ms: number | null
  revision: number
}

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

export const toJob = (row: JobRow): Job => ({
  number: row.number,
  id: row.id,
  accountId: row.account_id,
  key: row.job_key,
  kind: row.kind,
  pool: row.pool as Job['pool'],
  repeat: row.repeat_mode as Job['repeat'],
  state: row.state as Job['state'],
  priority: row.priority,
  attempt: row.attempt,
  attemptsMax: row.attempts_max,
  starts: row.starts,
  waits: row.waits,
  losses: row.losses,
  retryDelayMs: row.retry_delay_ms,
  retryFactor: row.retry_factor,
  timeoutMs: row.timeout_ms,
  progress: row.progress,
  why: row.why,
  fault: row.fault === null ? null : (JSON.parse(row.fault) as Job['fault']),
  runId: row.run_id,
  nodeId: row.node_id,
  workflow: row.workflow,
  asset: row.asset === null ? null : (JSON.parse(row.asset) as Job['asset']),
  input: JSON.parse(row.input) as Job['input'],
  output: row.output === null ? null : (JSON.parse(row.output) as Job['output']),
  lease: row.lease_token === null ? null : { token: row.lease_token, worker: row.worker ?? '', untilMs: row.lease_until_ms ?? 0 },
  lockKey: row.lock_key,
  quota: row.quota,
  createdAtMs: row.created_at_ms,
  readyAtMs: row.ready_at_ms,
  startedAtMs: row.started_at_ms,
  endedAtMs: row.ended_at_ms,
  revision: row.revision,
})

/** What never changes after a job was added. */
const FIXED_COLUMNS = [
  'account_id',
  'id',
  'job_key',
  'kind',
  'pool',
  'repeat_mode',
  'attempts_max',
  'retry_delay_ms',
  'retry_factor',
  'timeout_ms',
  'run_id',
  'node_id',
  'workflow',
  'asset_id',
  'asset',
  'input',
  'lock_key',
  'created_at_ms',
]
const fixedValues = (job: UnnumberedJob): unknown[] => [
  job.accountId,
  job.id,
  job.key,
  job.kind,
  job.pool,
  job.repeat,
  job.attemptsMax,
  job.retryDelayMs,
  job.retryFactor,
  job.timeoutMs,
  job.runId,
  job.nodeId,
  job.workflow,
  job.asset?.id ?? null,
  json(job.asset),
  JSON.stringify(job.input),
  job.lockKey,
  job.createdAtMs,
]

const MOVING_COLUMNS = [
  'state',
  'priority',
  'attempt',
  'starts',
  'waits',
  'losses',
  'progress',
  'why',
  'fault',
  'output',
  'worker',
  'lease_token',
  'lease_until_ms',
  'quota',
  'ready_at_ms',
  'started_at_ms',
  'ended_at_ms',
  'revision',
]
export const movingValues = (job: UnnumberedJob): unknown[] => [
  job.state,
  job.priority,
  job.attempt,
  job.starts,
  job.waits,
  job.losses,
  job.progress,
  job.why,
  json(job.fault),
  json(job.output),
  job.lease?.worker ?? null,
  job.lease?.token ?? null,
  job.lease?.untilMs ?? null,
  job.quota,
  job.readyAtMs,
  job.startedAtMs,
  job.endedAtMs,
  job.revision,
]

export const insertValues = (job: UnnumberedJob): unknown[] => [...fixedValues(job), ...movingValues(job)]
const columns = [...FIXED_COLUMNS, ...MOVING_COLUMNS]
export const INSERT_JOB = `insert into jobs_job (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`
export const UPDATE_JOB = `update jobs_job set ${MOVING_COLUMNS.map((column) => `${column} = ?`).join(', ')} where number = ?`
