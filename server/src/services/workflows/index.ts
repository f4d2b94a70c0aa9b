import type { Route } from '../../http/route.ts'
import type { Clock } from '../../lib/clock.ts'
import type { CapstanError } from '../../lib/errors.ts'
import type { EventBus } from '../../ports/event-bus.ts'
import type { Principal } from '../identity/api.ts'
import type { JobsApi } from '../jobs/api.ts'
import type { WorkflowsApi } from './api.ts'
import { CommandRelay } from './command-relay.ts'
import { DefinitionCache } from './definition-cache.ts'
import { workflowsHttp, type FindAsset } from './http.ts'
import type { CommandOutbox } from './ports/command-outbox.ts'
import type { DefinitionStore } from './ports/definition-store.ts'
import type { RunStore } from './ports/run-store.ts'
import { shippedDefinitions } from './shipped-definitions.ts'
import { deployShippedDefinitions } from './use-cases/deploy-shipped-definitions.ts'
import { CONSUMER, HANDLED_EVENTS, handleJobEvents } from './use-cases/handle-job-events.ts'
import { pruneRuns } from './use-cases/prune-runs.ts'
import { relayCommands, setAsideFirst } from './use-cases/relay-commands.ts'
import { checkStart, startRun } from './use-cases/start-run.ts'

export type { FindAsset } from './http.ts'

export type WorkflowsOptions = Readonly<{
  runs: RunStore
  definitions: DefinitionStore
  commands: CommandOutbox
  jobs: JobsApi
  clock: Clock
  /** The kinds of jobs that workflows may ask for. */
  actions: ReadonlySet<string>
  findAsset: FindAsset
  /** Ended runs are kept this long; 90 days. */
  keepMs?: number
  onError?: (error: CapstanError, what: string) => void
}>

export type WorkflowsService = Readonly<{
  api: WorkflowsApi
  routes: (route: Route) => void
  /** Deploys what this release ships, where it has changed. */
  deployShipped: (by: Principal) => Promise<void>
  /** Listens to what becomes of jobs and relays what runs ask for. */
  start: (bus: Pick<EventBus, 'subscribe'>) => Promise<void>
  stop: () => Promise<void>
  /** Removes old runs; to be called now and then. */
  prune: () => Promise<number>
}>

const KEEP_MS = 90 * 86_400_000
const EVENTS_PER_CALL_MAX = 500

/** The workflows service: what happens next. */
export function createWorkflows(options: WorkflowsOptions): WorkflowsService {
  const { runs, definitions, clock } = options
  const cache = new DefinitionCache(definitions)
  const deps = { ...options, cache, relay: () => relay.wake() }
  const onError = options.onError ?? (() => {})
  const setAside = setAsideFirst(deps, (error, command) =>
    onError(error, `a workflow command was given up: ${JSON.stringify(command).slice(0, 500)}`),
  )
  const relay: CommandRelay = new CommandRelay({ relay: relayCommands(deps), setAside, onError })
  const start = startRun(deps)
  return {
    // Another service has checked what its caller may do: who may upload need not be allowed to operate.
    api: {
      checkStart: checkStart(definitions),
      start: async (by, asked) => ({ runId: (await start({ ...by, rights: new Set([...by.rights, 'operate'] as const) }, asked)).id }),
    },
    routes: (route) => workflowsHttp(route, deps),
    deployShipped: (by) => deployShippedDefinitions(deps)(by, shippedDefinitions()),
    start: async (bus) => {
      relay.start()
      await bus.subscribe({ consumer: CONSUMER, names: HANDLED_EVENTS, batchMax: EVENTS_PER_CALL_MAX }, handleJobEvents(deps))
    },
    stop: () => relay.stop(),
    prune: pruneRuns({ runs, clock, keepMs: options.keepMs ?? KEEP_MS }),
  }
}
