import { join } from 'node:path'
import { RIGHTS } from '@capstan/contract/rights'
import type { EventEnvelope } from '@capstan/contract/events'
import type { Logger } from 'pino'
import type { Ports } from '../compose.ts'
import type { Config } from '../config.ts'
import { HiLo } from '../lib/ids.ts'
import { createAssets } from '../services/assets/index.ts'
import { createAudit } from '../services/audit/index.ts'
import { LiveStream } from '../services/events/live-stream.ts'
import { systemPrincipal, type Principal } from '../services/identity/api.ts'
import { createIdentity } from '../services/identity/index.ts'
import { createJobs, type JobsService } from '../services/jobs/index.ts'
import { mediaExecutors } from '../services/media/index.ts'
import { originalPath } from '../services/media/original-path.ts'
import { createSearch } from '../services/search/index.ts'
import { createResources } from '../services/resources/index.ts'
import { createTransfer } from '../services/transfer/index.ts'
import { createWorkflows } from '../services/workflows/index.ts'
import type { DataFolder } from './data-folder.ts'

const ACCOUNT_ID = 1
const NUMBERS_AT_ONCE = 1_000
const JOBS_GRACE_MS = 5_000

export type ServicesDeps = { config: Config; folder: DataFolder; logger: Logger; processors: number }

export type Services = ReturnType<typeof createServices>

/** A part of the platform at work, named in what it does. */
const actAs =
  (name: string) =>
  (accountId: number): Principal =>
    systemPrincipal(accountId, name, RIGHTS)

/** Every service over its ports, joined by their APIs. Here and nowhere else services meet. */
export function createServices(ports: Ports, { config, folder, logger, processors }: ServicesDeps) {
  const { clock, storage } = ports
  const warn = (error: unknown, what: string) => logger.warn({ err: error }, what)
  const identity = createIdentity({
    stores: ports,
    clock,
    options: { requireTotp: config.requireTotp, ...(config.publicUrl ? { allowedOrigins: [new URL(config.publicUrl).origin] } : {}) },
  })
  const assetNumbers = new HiLo((size) => ports.numbers.claim('asset', size), NUMBERS_AT_ONCE)
  const assets = createAssets({ ...ports, nextNumber: () => assetNumbers.next() })
  const audit = createAudit({ log: ports.auditLog, clock, onError: (error) => warn(error, 'an audit entry could not be written') })
  const stream = new LiveStream(ports.history)
  const pathOf = originalPath({ assets: assets.api, localPath: (path) => storage.localPath(path), identityOf: ports.identityOf })
  const resources = createResources({ store: ports.resources, clock, storages: ports.storages, settings: { lowWaterBytes: config.lowWaterBytes ?? null, folder: folder.root } })

  const executors = mediaExecutors({ tools: ports.mediaTools, assets: assets.api, originalPath: pathOf, principal: actAs('media') })
  const jobs: JobsService = createJobs({
    queue: ports.queue,
    list: ports.jobList,
    log: ports.jobLog,
    clock,
    executors,
    pools: { light: 2 * processors, io: processors, encode: Math.max(1, Math.floor(processors / 2)) },
    tmpDir: folder.tmp,
    workerName: 'embedded',
    onProgress: ({ accountId, id, runId, asset }, percent) => stream.progress({ accountId, jobId: id, runId, assetId: asset?.id ?? null, percent }),
    onError: warn,
  })
  const workflows = createWorkflows({
    runs: ports.runs,
    definitions: ports.definitions,
    commands: ports.commands,
    jobs: jobs.api,
    clock,
    actions: new Set(executors.map(({ kind }) => kind)),
    findAsset: (accountId, id) => assets.api.ref(accountId, id).catch(() => null),
    onError: warn,
  })
  const transfer = createTransfer({
    store: ports.transfers,
    storage,
    uploadFiles: ports.uploadFiles,
    sources: ports.sources,
    assets: assets.api,
    workflows: workflows.api,
    clock,
    settings: { lowWaterBytes: config.lowWaterBytes ?? null },
    warn: (message, facts) => logger.warn(facts, message),
  })
  const search = createSearch({ index: ports.searchIndex, assets: assets.api, text: join(folder.blobs) })

  const system = actAs('capstan')(ACCOUNT_ID)
  return {
    identity,
    assets,
    audit,
    stream,
    jobs,
    workflows,
    transfer,
    resources,
    search,
    originalPath: pathOf,
    system,
    start: async () => {
      await workflows.deployShipped(system)
      await workflows.start(ports.bus)
      await ports.bus.subscribe({ consumer: 'assets', names: RUN_EVENTS }, (events) => recordWork(assets, system, events))
      await ports.bus.subscribe({ consumer: 'audit', names: 'all' }, (events) => audit.consume(events))
      await jobs.start()
      await transfer.start()
    },
    stop: async () => {
      await transfer.stop()
      await jobs.stop(JOBS_GRACE_MS)
      await workflows.stop()
    },
  }
}

const RUN_EVENTS = ['run.started', 'run.paused', 'run.resumed', 'run.retried', 'run.completed', 'run.failed', 'run.cancelled', 'run.amended']
const ENDED = new Set(['completed', 'failed', 'cancelled'])

/** An asset shows how its newest run goes. Repeating an event changes nothing. */
async function recordWork(assets: Pick<ReturnType<typeof createAssets>, 'recordWork'>, by: Principal, events: readonly EventEnvelope[]): Promise<void> {
  for (const { runId, assetId, after, accountId } of events) {
    if (!runId || !assetId || !after) continue
    const { status, warnings, reason, subRun } = after as { status: 'running'; warnings: string[]; reason: string | null; subRun: boolean }
    if (subRun) continue
    const told = ENDED.has(status) && status !== 'completed' && reason ? [reason, ...warnings] : warnings
    await assets.recordWork({ ...by, accountId }, assetId, { runId, status, warnings: warnings.length }, told)
  }
}
