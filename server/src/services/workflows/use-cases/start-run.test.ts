import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WorkflowDefinition } from '@capstan/contract/workflow-definition'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEngine } from '../../../../test/engine/open-engine.ts'
import { systemPrincipal } from '../../identity/api.ts'

const around = (name: string, node: Record<string, unknown>) =>
  WorkflowDefinition.parse({
    name,
    title: name,
    nodes: [
      { id: 'start', type: 'start', next: 'it' },
      { id: 'it', next: 'end', ...node },
      { id: 'end', type: 'end' },
    ],
  })

let folder: string
let engine: Awaited<ReturnType<typeof openEngine>>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-start-'))
  const published = { kind: 'publish', pool: 'light', repeat: 'idempotent', execute: async () => ({}) } as const
  engine = await openEngine(folder, {
    executors: [published, { ...published, kind: 'look' }],
    definitions: [
      around('look', { type: 'action', action: 'look' }),
      around('send', { type: 'action', action: 'publish' }),
      around('hidden', { type: 'sub-workflow', workflow: 'send' }),
    ],
  })
})
afterEach(async () => {
  await engine.close()
  await rm(folder, { recursive: true })
})

const start = (workflow: string, rights: Parameters<typeof systemPrincipal>[2]) =>
  engine.workflows.api.start(systemPrincipal(1, 'Ada', rights), { workflow, asset: null, variables: {}, key: workflow })

test.each(['send', 'hidden'])('whoever may not publish starts no workflow that does: %s', async (workflow) => {
  await expect(start(workflow, ['ingest', 'operate'])).rejects.toMatchObject({ code: 'forbidden', details: { right: 'publish' } })
  await expect(start(workflow, ['publish'])).resolves.toMatchObject({ runId: expect.any(String) as string })
})

test('whoever asks before is told the same, and why', async () => {
  const check = (workflow: string, rights: Parameters<typeof systemPrincipal>[2]) =>
    engine.workflows.api.checkStart(systemPrincipal(1, 'Ada', rights), workflow)
  for (const workflow of ['send', 'hidden'])
    await expect(check(workflow, ['ingest'])).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining(`Ada may not start the workflow "${workflow}": it needs the right "publish"`) as string,
    })
  await check('send', ['publish'])
  for (const workflow of ['look', 'unknown']) await check(workflow, ['ingest'])
})

test('one that does not publish needs no such right', async () => {
  await expect(start('look', ['ingest'])).resolves.toMatchObject({ runId: expect.any(String) as string })
})
