import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { z } from 'zod'
import { jobs as jobRoutes, runs as runRoutes, workflowDefinitions } from '@capstan/contract/work'
import { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import type { Endpoint } from '@capstan/contract/endpoint'
import type { Route } from '../../src/http/route.ts'
import { CapstanError } from '../../src/lib/errors.ts'
import type { ExecutorDefinition } from '../../src/services/jobs/api.ts'
import { systemPrincipal } from '../../src/services/identity/api.ts'
import { openEngine, OPERATOR } from './open-engine.ts'

const WATCHER = systemPrincipal(1, 'Watcher', ['see'])
const definition = WorkflowDefinition.parse({
  name: 'flow',
  title: 'Flow',
  nodes: [
    { id: 'start', type: 'start', next: 'fork' },
    { id: 'fork', type: 'fork', branches: ['good', 'bad'] },
    { id: 'good', type: 'action', action: 'good', title: 'Good', next: 'join' },
    { id: 'bad', type: 'action', action: 'bad', title: 'Bad', required: false, next: 'join' },
    { id: 'join', type: 'join', next: 'wait' },
    { id: 'wait', type: 'action', action: 'wait', next: 'end' },
    { id: 'end', type: 'end' },
  ],
})

let engine: Awaited<ReturnType<typeof openEngine>>
let folder: string
let bad: () => Promise<Record<string, unknown>>
let open: () => void
const handlers = new Map<Endpoint, (call: unknown) => Promise<unknown>>()

/** Calls a route as the server does, and holds its answer to the contract. */
async function call<E extends Endpoint>(
  endpoint: E,
  parts: { params?: object; query?: object; body?: object; by?: typeof OPERATOR } = {},
): Promise<z.output<NonNullable<E['reply']>>> {
  const { by = OPERATOR } = parts
  const request = {
    by,
    params: endpoint.params?.parse(parts.params),
    query: endpoint.query?.parse(parts.query ?? {}),
    body: endpoint.body?.parse(parts.body),
  }
  const reply = await handlers.get(endpoint)!(request)
  return endpoint.reply!.parse(reply) as z.output<NonNullable<E['reply']>>
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'capstan-engine-'))
  const gate = new Promise<void>((resolve) => (open = resolve))
  bad = async () => {
    throw new CapstanError('unsupported', 'no decoder')
  }
  const step = (kind: string, execute: ExecutorDefinition['execute']): ExecutorDefinition => ({
    kind,
    pool: 'light',
    repeat: 'idempotent',
    execute,
  })
  const executors = [step('good', async () => ({ ok: true })), step('bad', () => bad()), step('wait', () => gate.then(() => ({})))]
  engine = await openEngine(folder, { executors, definitions: [definition] })
  const route = ((endpoint: Endpoint, handler: (call: unknown) => Promise<unknown>) =>
    void handlers.set(endpoint, handler)) as unknown as Route
  engine.jobs.routes(route)
  engine.workflows.routes(route)
  await engine.start()
})
afterEach(async () => {
  open()
  await engine.close()
  rmSync(folder, { recursive: true, force: true })
})

const start = () => call(runRoutes.start, { body: { workflow: 'flow', variables: { a: 1 } } })
const untilRun = (id: string, expected: object) =>
  expect.poll(() => call(runRoutes.get, { params: { id } }), { timeout: 10_000, interval: 10 }).toMatchObject(expected)
const statusOf = async (id: string) =>
  Object.fromEntries((await call(runRoutes.get, { params: { id } })).nodes.map((node) => [node.id, node.status]))

test('a run is drawn as far as it has come, its warnings and its jobs with it', async () => {
  const { id } = await start()
  await expect
    .poll(() => statusOf(id), { timeout: 10_000 })
    .toEqual({
      start: 'completed',
      fork: 'completed',
      good: 'completed',
      bad: 'failed',
      join: 'completed',
      wait: 'running',
      end: 'waiting',
    })
  const run = await call(runRoutes.get, { params: { id } })
  expect(run.nodes.find((node) => node.id === 'bad')).toMatchObject({
    title: 'Bad',
    message: 'no decoder',
    visits: 1,
    jobId: expect.any(String),
  })
  open()
  await untilRun(id, { status: 'completed', warnings: ['Bad: no decoder'] })
  const { items } = await call(jobRoutes.list, { query: { filter: `run:${id} state:failed` } })
  expect(items).toMatchObject([{ kind: 'bad', nodeId: 'bad', workflow: 'flow', fault: { code: 'unsupported', class: 'input' } }])
  expect((await call(jobRoutes.log, { params: { id: items[0]!.id } })).items.at(-1)).toMatchObject({
    level: 'error',
    message: 'no decoder',
  })

  bad = async () => ({})
  await call(jobRoutes.retry, { params: { id: String(items[0]!.number) } })
  await untilRun(id, { status: 'completed', warnings: [] })
})

test('where a file lies is read in a log by those who operate, and nowhere else', async () => {
  const place = join(folder, 'film.mov')
  bad = async () => {
    throw new CapstanError('invalid', 'it cannot be read', { cause: new Error(`EIO: ${place}`) })
  }
  const { id } = await start()
  open()
  await untilRun(id, { status: 'completed', warnings: ['Bad: it cannot be read'] })
  const { items } = await call(jobRoutes.list, { query: { filter: `run:${id} state:failed` } })
  const params = { id: items[0]!.id }
  const [all, some] = [await call(jobRoutes.log, { params }), await call(jobRoutes.log, { params, by: WATCHER })]
  expect(all.items.at(-1)!.facts).toMatchObject({ cause: expect.stringContaining(place), stack: expect.stringContaining('at ') })
  expect(some.items.at(-1)!.facts).toEqual({ code: 'invalid' })
})

test('a run is paused, resumed and cancelled, and its jobs follow', async () => {
  const { id } = await start()
  await expect.poll(() => statusOf(id), { timeout: 10_000 }).toMatchObject({ wait: 'running' })
  expect(await call(runRoutes.pause, { params: { id } })).toMatchObject({ status: 'paused' })
  open()
  await expect.poll(() => statusOf(id), { timeout: 10_000 }).toMatchObject({ wait: 'completed', end: 'waiting' })
  expect(await call(runRoutes.resume, { params: { id } })).toMatchObject({ status: 'completed' })
  await expect(call(runRoutes.cancel, { params: { id } })).rejects.toMatchObject({ code: 'conflict' })
})

test('cancelling a run cancels its jobs; a retry takes them up again', async () => {
  const { id } = await start()
  await expect.poll(() => statusOf(id), { timeout: 10_000 }).toMatchObject({ wait: 'running' })
  expect(await call(runRoutes.cancel, { params: { id } })).toMatchObject({ status: 'cancelled', reason: 'Cancelled by Test' })
  await expect
    .poll(async () => (await call(jobRoutes.list, { query: { filter: 'kind:wait' } })).items[0]?.state, { timeout: 10_000 })
    .toBe('cancelled')
  expect(await statusOf(id)).toMatchObject({ wait: 'cancelled', end: 'skipped' })
  open()
  await call(runRoutes.retry, { params: { id } })
  await untilRun(id, { status: 'completed' })
})

test('many jobs are counted first, then changed', async () => {
  for (let run = 0; run < 3; run += 1) await start()
  await expect
    .poll(async () => (await call(jobRoutes.list, { query: { filter: 'state:running' } })).items.length, { timeout: 10_000 })
    .toBe(3)
  const body = { action: 'cancel', filter: 'kind:wait' }
  expect(await call(jobRoutes.bulk, { body: { ...body, dryRun: true } })).toEqual({ matched: 3, changed: 0 })
  expect(await call(jobRoutes.bulk, { body })).toEqual({ matched: 3, changed: 3 })
  expect(await call(jobRoutes.bulk, { body })).toEqual({ matched: 0, changed: 0 })
  await expect
    .poll(async () => (await call(runRoutes.list, { query: { filter: 'status:failed workflow:flow' } })).items.length, { timeout: 10_000 })
    .toBe(3)
  const page = await call(runRoutes.list, { query: { limit: 2 } })
  expect((await call(runRoutes.list, { query: { limit: 2, cursor: page.nextCursor } })).items).toHaveLength(1)
})

test('who may only see may not change', async () => {
  const { id } = await start()
  await expect(call(runRoutes.cancel, { params: { id }, by: WATCHER })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(call(jobRoutes.bulk, { body: { action: 'cancel', filter: 'kind:wait' }, by: WATCHER })).rejects.toMatchObject({
    code: 'forbidden',
  })
  await expect(call(workflowDefinitions.deploy, { body: definition, by: WATCHER })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(call(runRoutes.start, { body: { workflow: 'flow' }, by: WATCHER })).rejects.toMatchObject({ code: 'forbidden' })
})

test('definitions are deployed as versions, and what is wrong is named', async () => {
  const first = await call(workflowDefinitions.deploy, { body: definition })
  expect(first).toMatchObject({ version: 1, current: true })
  expect(await call(workflowDefinitions.deploy, { body: { ...definition, title: 'Flow 2' } })).toMatchObject({ version: 2 })
  const { items } = await call(workflowDefinitions.list, { query: { filter: 'name:flow' } })
  expect(items.map(({ version, current }) => [version, current])).toEqual([
    [2, true],
    [1, false],
  ])
  expect(await call(workflowDefinitions.get, { params: { id: first.id } })).toMatchObject({ version: 1, current: false })
  const broken = { ...definition, nodes: definition.nodes.map((node) => (node.id === 'wait' ? { ...node, action: 'transmogrify' } : node)) }
  const refused = await call(workflowDefinitions.deploy, { body: broken }).catch((error: unknown) => error)
  expect(refused).toMatchObject({
    code: 'invalid',
    details: { problems: [expect.stringContaining('node "wait" asks for the action "transmogrify"')] },
  })
  await expect(call(runRoutes.start, { body: { workflow: 'none' } })).rejects.toMatchObject({ code: 'not_found' })
})
