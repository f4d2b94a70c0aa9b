import { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import { openEngine, OPERATOR } from '../server/test/engine/open-engine.ts'
import type { ExecutorDefinition } from '../server/src/services/jobs/api.ts'
import { percentile, rounded, type Bench } from './figures.ts'

const IN_FLIGHT = 50
const RUN_LIMIT_MS = 30_000

const KINDS = ['first', 'second', 'third']
const executors: ExecutorDefinition[] = KINDS.map((kind) => ({
  kind,
  pool: 'light',
  repeat: 'idempotent',
  execute: async () => ({ kind }),
}))
const definition = WorkflowDefinition.parse({
  name: 'three-steps',
  title: 'Three trivial steps',
  nodes: [
    { id: 'start', type: 'start', next: 'first' },
    ...KINDS.map((kind, index) => ({ id: kind, type: 'action', action: kind, next: KINDS[index + 1] ?? 'end' })),
    { id: 'end', type: 'end' },
  ],
})

/** Three trivial steps, every one durable: runs per second with 50 in flight, and how long one alone takes from its start to its end being told. */
export const run: Bench = async ({ quick, folder }) => {
  const ended = new Map<string, () => void>()
  const tell = (runId: string | null) => {
    ended.get(runId ?? '')?.()
    ended.delete(runId ?? '')
  }
  const engine = await openEngine(folder, { executors, definitions: [definition], pools: { light: 64, io: 1, encode: 1 } })
  await engine.start(async (events) => events.forEach((event) => tell(event.runId)))
  let next = 0
  const oneRun = async (): Promise<number> => {
    const startedAtMs = performance.now()
    const { runId } = await engine.workflows.api.start(OPERATOR, {
      workflow: definition.name,
      asset: null,
      variables: {},
      key: `bench/${next++}`,
    })
    await withLimit(new Promise<void>((resolve) => ended.set(runId, resolve)))
    return performance.now() - startedAtMs
  }
  try {
    await inFlight(oneRun, quick ? 200 : 1_000)
    const alone = await oneAfterTheOther(oneRun, quick ? 50 : 300)
    const runs = quick ? 500 : 5_000
    const startedAtMs = performance.now()
    const times = await inFlight(oneRun, runs)
    const perSecond = (runs * 1_000) / (performance.now() - startedAtMs)
    return {
      figures: [
        { name: 'engine_runs_per_second', value: rounded(perSecond), unit: 'runs/s', goal: 600, better: 'higher' },
        { name: 'engine_in_flight_p99_ms', value: rounded(quantile(times, 0.99)), unit: 'ms', goal: 193, better: 'lower' },
        { name: 'engine_alone_p50_ms', value: rounded(quantile(alone, 0.5)), unit: 'ms', goal: 8, better: 'lower' },
        { name: 'engine_alone_p99_ms', value: rounded(quantile(alone, 0.99)), unit: 'ms', goal: 40, better: 'lower' },
      ],
    }
  } finally {
    await engine.close()
  }
}

async function inFlight(oneRun: () => Promise<number>, runs: number): Promise<number[]> {
  const times: number[] = []
  let begun = 0
  const lane = async () => {
    while (begun < runs) {
      begun += 1
      times.push(await oneRun())
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  return times
}

async function oneAfterTheOther(oneRun: () => Promise<number>, runs: number): Promise<number[]> {
  const times: number[] = []
  for (let done = 0; done < runs; done += 1) times.push(await oneRun())
  return times
}

async function withLimit(ending: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error('a run did not end in time')), RUN_LIMIT_MS)))
  await Promise.race([ending, limit]).finally(() => clearTimeout(timer))
}

const quantile = (values: readonly number[], part: number): number =>
  percentile(
    values.toSorted((a, b) => a - b),
    part,
  )
