import type { Actor, EventEnvelope } from '@capstan/contract/events'
import { newEvent } from '../../../lib/events.ts'
import type { Run } from './run.ts'

/** `run.amended`: a run that had ended lost a warning, because a step was retried with success. */
export type RunEventName =
  'run.started' | 'run.completed' | 'run.failed' | 'run.cancelled' | 'run.paused' | 'run.resumed' | 'run.retried' | 'run.amended'

export const WORKFLOWS_ACTOR: Actor = { kind: 'system', id: 'workflows', name: 'Workflows' }

export const runEvent = (
  name: RunEventName,
  before: Run | null,
  run: Run,
  atMs: number,
  actor: Actor = WORKFLOWS_ACTOR,
  requestId: string | null = null,
): EventEnvelope =>
  newEvent(name, atMs, {
    accountId: run.accountId,
    actor,
    subject: { kind: 'run', id: run.id, number: run.number, name: run.workflow },
    before: before && { status: before.status },
    after: {
      status: run.status,
      workflow: run.workflow,
      version: run.version,
      warnings: run.warnings.map(({ message }) => message),
      reason: run.reason,
      revision: run.revision,
      /** Part of another run, which tells how the asset fares. */
      subRun: run.parent !== null,
    },
    requestId,
    runId: run.id,
    assetId: run.asset?.id ?? null,
  })
