import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { EventEnvelope } from '@capstan/contract/events'
import { RIGHTS } from '@capstan/contract/rights'
import type { FsckReport } from '@capstan/contract/system'
import type { Logger } from 'pino'
import type { Ports } from '../compose.ts'
import type { Config } from '../config.ts'
import { HiLo } from '../lib/ids.ts'
import { hasRoom } from '../ports/storage.ts'
import type { AssetsHttpDeps } from '../services/assets/http.ts'
import { createAssets, type Assets } from '../services/assets/index.ts'
import { createAudit } from '../services/audit/index.ts'
import { LiveStream } from '../services/events/live-stream.ts'
import { systemPrincipal, type Principal } from '../services/identity/api.ts'
import { createIdentity } from '../services/identity/index.ts'
import { createJobs } from '../services/jobs/index.ts'
import { createExtracts } from '../services/media/extract.ts'
import { mediaExecutors } from '../services/media/index.ts'
import { openOriginal, originalPath } from '../services/media/original-path.ts'
import { createResources } from '../services/resources/index.ts'
import { checkStorage, createTransfer } from '../services/transfer/index.ts'
import { createWorkflows } from '../services/workflows/index.ts'
import type { WorkflowsApi } from '../services/workflows/api.ts'
import type { DataFolder } from './data-folder.ts'
import { lowWaterOf, poolsOf } from './live-settings.ts'
import { createSearch } from './search.ts'

const ACCOUNT_ID = 1
/** What a stop leaves unused is a gap that people see: few numbers, at a write for each so many assets. */
const NUMBERS_AT_ONCE = 50
const JOBS_GRACE_MS = 5_000
const IN_PLACE_BYTES_PER_SECOND = 200 * 2 ** 20
const FAULTS_LISTED_MAX = 1_000

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
  const lowWaterBytes = lowWaterOf(ports.settings, config)
  const system = actAs('capstan')(ACCOUNT_ID)
  const warn = (error: unknown, what: string) => logger.warn({ err: error }, what)
  const localPath = (path: string) => storage.localPath(path)
  const identityOf = async (path: string) => (await ports.sources.facts(Buffer.from(path)))?.identity ?? null

  const identity = createIdentity({
    stores: ports,
    clock,
    options: { requireTotp: config.requireTotp, ...(config.publicUrl ? { allowedOrigins: [new URL(config.publicUrl).origin] } : {}) },
  })
  const assetNumbers = new HiLo((size) => ports.numbers.claim('asset', size), NUMBERS_AT_ONCE)
  const assets = createAssets({ ...ports, nextNumber: () => assetNumbers.next() })
  const audit = createAudit({ log: ports.auditLog, clock, onError: (error) => warn(error, 'an audit entry could not be written') })
  const stream = new LiveStream(ports.history)
  const originals = { assets: assets.api, localPath, identityOf }
  const pathOf = originalPath(originals)
  const search = createSearch({ assets, ports, onError: warn })

  // Jobs run what transfer does, transfer starts workflows, workflows ask for jobs: the ring is closed here.
  const workflowsApi: WorkflowsApi = {
    start: (by, start) => workflows.api.start(by, start),
    checkStart: (by, workflow) => workflows.api.checkStart(by, workflow),
  }
  const transfer = createTransfer({
    store: ports.transfers,
    storage,
    uploadFiles: ports.uploadFiles,
    sources: ports.sources,
    folders: ports.watchedFolders,
    packages: ports.packages,
    assets: assets.api,
    workflows: workflowsApi,
    listHotFolders: () => resources.watchedFolders(),
    clock,
    settings: { lowWaterBytes, inPlaceBytesPerSecond: IN_PLACE_BYTES_PER_SECOND },
    warn: (message, facts) => logger.warn(facts, message),
  })
  const resources = createResources({
    store: ports.resources,
    quotas: ports.quotas,
    clock,
    storages: [
      { name: 'main', url: pathToFileURL(folder.blobs).href, purpose: 'media', storage },
      { name: 'published', url: pathToFileURL(folder.published).href, purpose: 'publish', storage },
    ],
    checkWorkflow: (by, workflow) => workflows.api.checkStart(by, workflow),
    prepareFolder: (path) => ports.watchedFolders.prepare(path),
    watchStatus: (id) => transfer.hotFolderStatus(id),
    hotFoldersChanged: () => transfer.reloadHotFolders(),
    quotasChanged: () => jobs.quotasChanged(),
    settings: { lowWaterBytes, folder: folder.root },
  })
  const media = { tools: ports.mediaTools, assets: assets.api, originalPath: pathOf }
  const executors = [...mediaExecutors({ ...media, localPath, principal: actAs('media') }), ...transfer.executors]
  const room = { reason: null as string | null }
  const unreadable = { secondFactors: 0 }
  const jobs = createJobs({
    queue: ports.queue,
    list: ports.jobList,
    log: ports.jobLog,
    clock,
    executors,
    pools: poolsOf(ports.settings, processors),
    tmpDir: join(folder.tmp, 'jobs'),
    workerName: ports.workerName,
    heldBack: (pool) => (pool === 'light' ? null : room.reason),
    quotas: () => resources.quotas(),
    onProgress: ({ accountId, id, runId, asset }, percent) =>
      stream.progress({ accountId, jobId: id, runId, assetId: asset?.id ?? null, percent }),
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
  const start = async (by: Principal, workflow: string, assetId: string, variables: Record<string, unknown>) =>
    workflows.api.start(by, {
      workflow,
      asset: await assets.api.ref(by.accountId, assetId),
      variables,
      key: `${workflow}/${assetId}/${by.requestId ?? clock.now()}`,
    })
  const extracts = createExtracts({ ...media, tmpDir: folder.tmp })
  const assetsHttp: AssetsHttpDeps = {
    assets,
    noteAccess: audit.noteAccess,
    search: async (by, { cursor, sort, ...asked }) => {
      const { hits, nextCursor } = await search.query(by, { ...asked, cursor: cursor ?? undefined, sort: sort ?? undefined })
      return {
        items: await assets.api.summaries(
          by.accountId,
          hits.map(({ number }) => number),
        ),
        nextCursor,
      }
    },
    openOriginal: openOriginal({ ...originals, open: (path) => ports.sources.open(Buffer.from(path)) }),
    publish: (by, assetId, renditions) => start(by, 'publish', assetId, renditions ? { renditions } : {}),
    unpublish: (by, assetId) => start(by, 'unpublish', assetId, {}),
    still: (by, assetId, frame, signal) => extracts.still(by.accountId, assetId, frame, signal),
    subClip: async (by, assetId, subClipId, signal) => {
      const clip = await assets.subClip(by, assetId, subClipId)
      const made = await extracts.subClip(by.accountId, assetId, clip, signal)
      return { ...made, name: `${clip.name}${made.mediaType === 'audio/wav' ? '.wav' : '.mp4'}` }
    },
  }

  return {
    identity,
    assets,
    assetsHttp,
    audit,
    stream,
    jobs,
    workflows,
    transfer,
    resources,
    search,
    system,
    mainStorage: async (accountId: number) => {
      const [main] = await resources.storages(accountId)
      return main ? { name: main.name, sizeBytes: main.sizeBytes, freeBytes: main.freeBytes, status: main.status } : null
    },
    /** Why the platform cannot do its work now; told to everybody who asks, so without places. */
    problems: async (): Promise<string[]> => {
      const [main] = await resources.storages(ACCOUNT_ID)
      return main?.status === 'unreachable' ? [`the storage ${main.name} cannot be reached`] : []
    },
    /** What an operator should know, though all works. */
    notices: () => [
      ...noticesOf(ports),
      ...(unreadable.secondFactors > 0
        ? [
            `the second factors of ${unreadable.secondFactors} users cannot be read, because their key is not in ${basename(folder.secrets)} of the data folder: put back the one that belongs to this database; until then those users sign in with recovery codes`,
          ]
        : []),
      ...(room.reason
        ? ['the storage has less free room than its low-water mark: uploads are refused and new work waits until there is more']
        : []),
    ],
    /** Below the low-water mark new work waits, so that running work and the database keep a reserve. */
    watchRoom: async (): Promise<void> => {
      const isShort = !hasRoom(await storage.space(), 0, lowWaterBytes())
      const wasShort = room.reason !== null
      room.reason = isShort ? 'Waits for room: the storage main is below its low-water mark. Make room, and it goes on by itself.' : null
      if (wasShort && !isShort) jobs.wake()
    },
    /** Pools count at once, the low-water mark for uploads too; jobs that wait for room go on with the next look at it. */
    settingsChanged: async (): Promise<void> => {
      await resources.lowWaterChanged(system)
      jobs.wake()
    },
    /** At every start, before anybody signs in. */
    sealSecondFactors: async (): Promise<void> => {
      unreadable.secondFactors = (await identity.sealSecondFactors()).unreadable
    },
    fsck: (minAgeMs: number) => fsck(ports, ports.clock.now() - minAgeMs),
    start: async () => {
      await workflows.deployShipped(system)
      await workflows.start(ports.bus)
      await ports.bus.subscribe({ consumer: 'assets', names: RUN_EVENTS }, (events) => recordWork(assets, system, events))
      await ports.bus.subscribe({ consumer: 'audit', names: 'all' }, (events) => audit.consume(events))
      ports.bus.onGrown(() => stream.wake())
      ports.onWork(['light', 'io', 'encode'], () => jobs.wake())
      await search.start()
      await jobs.start()
      await resources.start(system)
      await transfer.start()
    },
    stop: async () => {
      await transfer.stop()
      await jobs.stop(JOBS_GRACE_MS)
      await workflows.stop()
      await search.stop()
    },
  }
}

const RUN_EVENTS = [
  'run.started',
  'run.paused',
  'run.resumed',
  'run.retried',
  'run.completed',
  'run.failed',
  'run.cancelled',
  'run.amended',
]

type RunFacts = {
  status: 'running' | 'paused' | 'completed' | 'failed' | 'cancelled'
  warnings: string[]
  reason: string | null
  subRun: boolean
}

/** An asset shows how its newest run goes. Repeating an event changes nothing. */
async function recordWork(assets: Assets, by: Principal, events: readonly EventEnvelope[]): Promise<void> {
  for (const { runId, assetId, after, accountId } of events) {
    if (!runId || !assetId || !after) continue
    const { status, warnings, reason, subRun } = after as RunFacts
    if (subRun) continue
    const told = status === 'failed' && reason ? [reason, ...warnings] : warnings
    await assets.recordWork({ ...by, accountId }, assetId, { runId, status, warnings: warnings.length }, told)
  }
}

function noticesOf({ mediaTools }: Ports): string[] {
  const { legacy, version, sandbox } = mediaTools.capabilities
  return [
    ...(legacy ? [`ffmpeg ${version} is a build of 2018 that came along for a first look: install a current ffmpeg for real work`] : []),
    ...(sandbox.namespaces
      ? []
      : [`media tools run without namespaces${sandbox.reason ? ` (${sandbox.reason})` : ''}: do not take in files of strangers here`]),
  ]
}

async function fsck(ports: Ports, untilMs: number): Promise<FsckReport> {
  const report: FsckReport = { checked: 0, missing: [], orphaned: [], truncated: false }
  async function* expected() {
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<Ports['files']['listPaths']>> = await ports.files.listPaths(cursor, 500)
      report.checked += page.items.length
      yield* page.items
      cursor = page.nextCursor
    } while (cursor)
  }
  for await (const { path, fault } of checkStorage(ports.storage, expected(), untilMs)) {
    const list = fault === 'orphaned' ? report.orphaned : report.missing
    if (list.length < FAULTS_LISTED_MAX) list.push(fault === 'wrong_size' ? `${path} (another size)` : path)
    else report.truncated = true
  }
  return report
}
