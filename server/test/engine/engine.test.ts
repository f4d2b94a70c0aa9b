import { mkdtempSync, readdirSync, rmSync, existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import { CapstanError } from '../../src/lib/errors.ts'
import type { Executor, ExecutorDefinition } from '../../src/services/jobs/api.ts'
import { openEngine, OPERATOR } from './open-engine.ts'

let folder: string
let closers: (() => Promise<void>)[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-engine-'))
  closers = []
})
afterEach(async () => {
  for (const close of closers) await close()
  rmSync(folder, { recursive: true, force: true })
})

const step = (kind: string, execute: Executor): ExecutorDefinition => ({ kind, pool: 'light', repeat: 'idempotent', execute })
const retry = { attempts: 3, delayMs: 5, factor: 1 }

const threeSteps = WorkflowDefinition.parse({
  name: 'three-steps',
  title: 'Three steps',
  nodes: [
    { id: 'start', type: 'start', next: 'a' },
    { id: 'a', type: 'action', action: 'a', next: 'b', retry },
    { id: 'b', type: 'action', action: 'b', next: 'c', retry },
    { id: 'c', type: 'action', action: 'c', next: 'end', retry },
    { id: 'end', type: 'end' },
  ],
})

async function open(executors: readonly ExecutorDefinition[], definitions = [threeSteps]) {
  const ended = new Map<string, (name: string) => void>()
  const engine = await openEngine(folder, { executors, definitions, onError: (error, what) => console.error(what, error) })
  closers.push(() => engine.close())
  await engine.start(async (events) => events.forEach(({ runId, name }) => ended.get(runId ?? '')?.(name)))
  const runToEnd = async (workflow: string, variables = {}) => {
    const { runId } = await engine.workflows.api.start(OPERATOR, { workflow, asset: null, variables, key: `${workflow}/${Math.random()}` })
    await new Promise((resolve) => ended.set(runId, resolve))
    return (await engine.runs.find(1, runId))!
  }
  return { ...engine, runToEnd }
}

test('three steps run one after the other, each once, and later steps see the variables', async () => {
  const done: string[] = []
  const record = (kind: string) => step(kind, async ({ job }) => (done.push(`${kind} ${String(job.input.word)}`), { kind }))
  const { runToEnd } = await open(['a', 'b', 'c'].map(record))
  const run = await runToEnd('three-steps', { word: 'x' })
  expect(run).toMatchObject({ status: 'completed', warnings: [], outputs: { a: { kind: 'a' }, c: { kind: 'c' } } })
  expect(done).toEqual(['a x', 'b x', 'c x'])
})

test('a passing fault is tried again, a fault of the input fails the run at once and names the step', async () => {
  let tries = 0
  const flaky = step('a', async () => {
    tries += 1
    if (tries < 3) throw new Error('not yet')
    return {}
  })
  const broken = step('b', async () => {
    throw new CapstanError('invalid', 'this is no film')
  })
  const { runToEnd } = await open([flaky, broken, step('c', async () => ({}))])
  const run = await runToEnd('three-steps')
  expect(tries).toBe(3)
  expect(run).toMatchObject({ status: 'failed', reason: 'b failed: this is no film' })
})

test('a staging folder is made only when asked for, is empty, and is gone afterwards', async () => {
  const seen: string[] = []
  const writer = step('b', async ({ stagingDir }) => {
    seen.push(stagingDir)
    expect(readdirSync(stagingDir)).toEqual([])
    writeFileSync(join(stagingDir, 'part'), 'x')
    return {}
  })
  const { runToEnd } = await open([step('a', async () => ({})), writer, step('c', async () => ({ staged: existsSync(seen[0]!) }))])
  const run = await runToEnd('three-steps')
  expect(run.outputs.c).toEqual({ staged: false })
  expect(readdirSync(join(folder, 'tmp', 'jobs-test'))).toEqual([])
})
