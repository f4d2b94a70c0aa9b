import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import { armCrashPoints } from '../../src/lib/crash-points.ts'
import type { ExecutorDefinition } from '../../src/services/jobs/api.ts'
import { openEngine, OPERATOR } from './open-engine.ts'

/*
 * A platform that may die: `node crash-child.ts <folder> <crash point, or -> <pass>`. It starts three runs (the same keys each time) and writes "<runId> <status>" to
 * `ended` for each run event. The point is armed only after the `pass`-th attempt began, so that different moments of the same place are tried.
 */
const [folder = '', point = '-', pass = '1'] = process.argv.slice(2)

const effects = join(folder, 'effects')
let attempts = 0
const step = (kind: string): ExecutorDefinition => ({
  kind,
  pool: 'light',
  repeat: 'idempotent',
  execute: async ({ job, stagingDir }) => {
    attempts += 1
    if (attempts === Number(pass) && point !== '-') armCrashPoints([point])
    appendFileSync(effects, `${job.key}\n`)
    return { staged: stagingDir !== '' }
  },
})
const forked = WorkflowDefinition.parse({
  name: 'forked',
  title: 'Forked',
  nodes: [
    { id: 'start', type: 'start', next: 'a' },
    { id: 'a', type: 'action', action: 'a', next: 'fork' },
    { id: 'fork', type: 'fork', branches: ['b', 'c'] },
    { id: 'b', type: 'action', action: 'b', next: 'join' },
    { id: 'c', type: 'action', action: 'c', next: 'join' },
    { id: 'join', type: 'join', next: 'sub' },
    { id: 'sub', type: 'sub-workflow', workflow: 'inner', next: 'end' },
    { id: 'end', type: 'end' },
  ],
})
const inner = WorkflowDefinition.parse({
  name: 'inner',
  title: 'Inner',
  nodes: [
    { id: 'start', type: 'start', next: 'd' },
    { id: 'd', type: 'action', action: 'd', next: 'end' },
    { id: 'end', type: 'end' },
  ],
})

const RUNS = 3
const LIMIT_MS = 20_000
setTimeout(() => process.exit(3), LIMIT_MS).unref()

const engine = await openEngine(folder, {
  executors: ['a', 'b', 'c', 'd'].map(step),
  definitions: [inner, forked],
  onError: (error, what) => console.error(what, error),
})
if (Number(pass) === 0 && point !== '-') armCrashPoints([point])
await engine.start()
for (let run = 0; run < RUNS; run += 1)
  await engine.workflows.api.start(OPERATOR, { workflow: 'forked', asset: null, variables: {}, key: `run/${run}` })
for (;;) {
  const { items } = await engine.runs.list(1, {
    filter: { statuses: ['completed'], workflow: 'forked' },
    sort: 'number',
    limit: 10,
    cursor: null,
  })
  if (items.length === RUNS) break
  await new Promise((resolve) => setTimeout(resolve, 5))
}
await engine.close()
