import { uuidv7 } from '../../../lib/ids.ts'
import type { UnnumberedRun } from '../domain/run.ts'
import type { CommandOutbox } from './command-outbox.ts'
import type { RunOutbox, RunStore } from './run-store.ts'

export type RunStoreUnderTest = { runs: RunStore; commands: CommandOutbox; events: () => Promise<string[]> }

/** Within this instant everything in these contracts happens. */
export const NOW = Date.UTC(2026, 0, 1)
export const NOTHING: RunOutbox = { commands: [], events: [] }

export const sampleRun = (key: string, change: Partial<UnnumberedRun> = {}): UnnumberedRun => ({
  id: uuidv7(NOW),
  accountId: 1,
  key,
  workflow: 'ingest',
  version: 1,
  definitionId: uuidv7(NOW),
  status: 'running',
  reason: null,
  warnings: [],
  asset: { id: '0198a000-0000-7000-8000-000000000001', number: 7, name: 'Ä 😀.mov' },
  startedBy: 'Ann',
  variables: { word: 'x', list: [1, null] },
  nodes: {
    start: {
      status: 'completed',
      visits: 1,
      seen: 0,
      startedAtMs: NOW,
      endedAtMs: NOW,
      message: null,
      passed: false,
      held: false,
      arrived: 0,
    },
  },
  outputs: { probe: { kind: 'video' } },
  outputsLength: 16,
  parent: null,
  depth: 0,
  createdAtMs: NOW,
  endedAtMs: null,
  revision: 1,
  ...change,
})
