import type { Run, UnnumberedRun } from '../../services/workflows/domain/run.ts'

export type RunRow = {
  number: number
  account_id: number
  id: string
  run_key: string
  workflow: string
  version: number
  definition_id: string
  status: string
  reason: string | null
  warnings: string
  asset_id: string | null
  asset: string | null
  started_by: string
  variables: string
  nodes: string
  outputs: string
  outputs_length: number
  parent_run_id: string | null
  parent: string | null
  depth: number
  created_at_ms: number
  ended_at_ms: number | null
  revision: number
}

export const toRun = (row: RunRow): Run => ({
  number: row.number,
  id: row.id,
  accountId: row.account_id,
  key: row.run_key,
  workflow: row.workflow,
  version: row.version,
  definitionId: row.definition_id,
  status: row.status as Run['status'],
  reason: row.reason,
  warnings: JSON.parse(row.warnings) as Run['warnings'],
  asset: row.asset === null ? null : (JSON.parse(row.asset) as Run['asset']),
  startedBy: row.started_by,
  variables: JSON.parse(row.variables) as Run['variables'],
  nodes: JSON.parse(row.nodes) as Run['nodes'],
  outputs: JSON.parse(row.outputs) as Run['outputs'],
  outputsLength: row.outputs_length,
  parent: row.parent === null ? null : (JSON.parse(row.parent) as Run['parent']),
  depth: row.depth,
  createdAtMs: row.created_at_ms,
  endedAtMs: row.ended_at_ms,
  revision: row.revision,
})

const FIXED_COLUMNS = [
  'account_id',
  'id',
  'run_key',
  'workflow',
  'version',
  'definition_id',
  'asset_id',
  'asset',
  'started_by',
  'variables',
  'parent_run_id',
  'parent',
  'depth',
  'created_at_ms',
]
const MOVING_COLUMNS = ['status', 'reason', 'warnings', 'nodes', 'outputs', 'outputs_length', 'ended_at_ms', 'revision']

const fixedValues = (run: UnnumberedRun): unknown[] => [
  run.accountId,
  run.id,
  run.key,
  run.workflow,
  run.version,
  run.definitionId,
  run.asset?.id ?? null,
  run.asset && JSON.stringify(run.asset),
  run.startedBy,
  JSON.stringify(run.variables),
  run.parent?.runId ?? null,
  run.parent && JSON.stringify(run.parent),
  run.depth,
  run.createdAtMs,
]

export const movingValues = (run: UnnumberedRun): unknown[] => [
  run.status,
  run.reason,
  JSON.stringify(run.warnings),
  JSON.stringify(run.nodes),
  JSON.stringify(run.outputs),
  run.outputsLength,
  run.endedAtMs,
  run.revision,
]

export const insertValues = (run: UnnumberedRun): unknown[] => [...fixedValues(run), ...movingValues(run)]
const columns = [...FIXED_COLUMNS, ...MOVING_COLUMNS]
export const INSERT_RUN = `insert into workflows_run (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')}) returning number`
export const UPDATE_RUN = `update workflows_run set ${MOVING_COLUMNS.map((column) => `${column} = ?`).join(', ')} where account_id = ? and id = ? and revision = ?`
