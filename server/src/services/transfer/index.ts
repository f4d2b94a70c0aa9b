import type { Route } from '../../http/route.ts'
import type { Clock } from '../../lib/clock.ts'
import { uuidv7 } from '../../lib/ids.ts'
import type { Storage } from '../../ports/storage.ts'
import type { AssetsApi } from '../assets/api.ts'
import { systemPrincipal, type Principal } from '../identity/api.ts'
import type { ExecutorDefinition } from '../jobs/api.ts'
import type { WorkflowsApi } from '../workflows/api.ts'
import { refused, type Arrival } from './domain/arrival.ts'
import type { WatchedFolder } from './domain/hot-folder.ts'
import { checksumsExecutor } from './executors/checksums.ts'
import { publishExecutor, unpublishExecutor } from './executors/publish.ts'
import { transferRoutes } from './http.ts'
import type { Packages } from './ports/packages.ts'
import type { SourceFiles } from './ports/source-files.ts'
import type { TransferStore } from './ports/transfer-store.ts'
import type { UploadFiles } from './ports/upload-files.ts'
import type { WatchedFolders } from './ports/watched-folders.ts'
import { uploadHandler, type UploadHandler } from './tus.ts'
import { settleArrival } from './use-cases/finish-arrival.ts'
import type { FolderStatus } from './use-cases/folder-watch.ts'
import { HotFolders } from './use-cases/hot-folders.ts'
import { ingestPaths, resumeIngest, type IngestedItem, type IngestRequest } from './use-cases/ingest-paths.ts'
import { LiveUploads } from './use-cases/live-uploads.ts'
import type { UploadDeps } from './use-cases/receive-upload.ts'
import { recoverArrivals } from './use-cases/recover-arrivals.ts'
import { sweep, type Swept } from './use-cases/sweep.ts'

export type { UploadHandler } from './tus.ts'
export type { WatchedFolder } from './domain/hot-folder.ts'
export type { FolderStatus } from './use-cases/folder-watch.ts'
export type { IngestedItem, IngestRequest } from './use-cases/ingest-paths.ts'
export { checkStorage, type ExpectedBlob, type StorageFault } from './use-cases/sweep.ts'

export type TransferSettings = Readonly<{
  /** An operator's low-water mark in bytes instead of the rule's. */
  lowWaterBytes: () => number | null
  /** At most so fast files in place are read for their checksums; null for no limit. */
  inPlaceBytesPerSecond: number | null
}>

export type TransferDeps = {
  store: TransferStore
  /** The media storage. */
  storage: Storage
  uploadFiles: UploadFiles
  sources: SourceFiles
  folders: WatchedFolders
  packages: Packages
  assets: AssetsApi
  workflows: WorkflowsApi
  /** The enabled hot folders of every account. */
  listHotFolders: () => Promise<readonly WatchedFolder[]>
  clock: Clock
  settings: TransferSettings
  warn: (message: string, facts: Record<string, unknown>) => void
}

export type LocalIngest = Omit<IngestRequest, 'token'> & { token?: string }

export type Transfer = {
  uploadHandler: UploadHandler
  routes: (route: Route) => void
  /** checksums, publish, unpublish */
  executors: readonly ExecutorDefinition[]
  /** Takes in local files: copied, or registered in place. The same `token` again takes nothing twice; without one every call is a new hand-over. */
  ingestLocal: (by: Principal, request: LocalIngest) => Promise<IngestedItem[]>
  hotFolderStatus: (id: string) => FolderStatus
  /** Call it after hot folders were changed. */
  reloadHotFolders: () => Promise<void>
  sweep: () => Promise<Swept>
  /** Identity of a file in place; null when it is gone. */
  identityOf: (path: string) => Promise<string | null>
  /** Finishes what a crash interrupted, then takes in what comes. */
  start: () => Promise<void>
  stop: () => Promise<void>
}

const HOUSEKEEPING_MS = 30_000
const SWEEP_MS = 3_600_000

export function createTransfer(deps: TransferDeps): Transfer {
  const { store, storage, sources, assets, packages, warn } = deps
  const { lowWaterBytes, inPlaceBytesPerSecond } = deps.settings
  const nowMs = () => deps.clock.now()
  const live = new LiveUploads(deps.uploadFiles, () => deps.clock.monotonic())
  const refuse = async (arrival: Arrival, reason: string): Promise<Arrival> => {
    const ended = refused(arrival, reason, nowMs())
    await store.save(ended)
    return ended
  }
  const settle = onceAtATime(
    settleArrival({ store, assets, workflows: deps.workflows, storage, uploadFiles: deps.uploadFiles, sources, nowMs }, refuse),
  )
  const { checkStart: checkWorkflow } = deps.workflows
  const uploads: UploadDeps = { store, files: deps.uploadFiles, live, storage, settle, checkWorkflow, lowWaterBytes, nowMs, warn }
  const ingestDeps = { store, storage, sources, settle, checkWorkflow, lowWaterBytes, nowMs }
  const ingestLocal = (by: Principal, { token, ...request }: LocalIngest) =>
    ingestPaths(ingestDeps)(by, { ...request, token: token ?? uuidv7(nowMs()) })
  const recover = recoverArrivals(uploads)
  const hotFolders = new HotFolders({
    ...deps,
    lowWaterBytes,
    settle,
    nowMs,
    monotonicMs: () => deps.clock.monotonic(),
    listFolders: deps.listHotFolders,
  })
  const sweepNow = sweep({ store, files: deps.uploadFiles, live, packages, nowMs })
  const publishing = {
    assets,
    storage,
    sources,
    packages,
    principal: (accountId: number) => systemPrincipal(accountId, 'transfer', ['publish', 'edit']),
    nowMs,
  }
  const timers = new Timers(warn)
  return {
    uploadHandler: uploadHandler(uploads),
    routes: (route) =>
      transferRoutes(route, {
        store,
        live,
        assets,
        ingest: (by, request, key) => ingestLocal(by, key === null ? request : { ...request, token: key }),
      }),
    executors: [
      checksumsExecutor({ assets, storage, sources, inPlaceBytesPerSecond }),
      publishExecutor(publishing),
      unpublishExecutor(publishing),
    ],
    ingestLocal,
    hotFolderStatus: (id) => hotFolders.status(id),
    reloadHotFolders: () => hotFolders.reload(),
    sweep: sweepNow,
    identityOf: async (path) => (await sources.facts(Buffer.from(path)))?.identity ?? null,
    start: async () => {
      await recover(resumeIngest(ingestDeps, refuse))
      await hotFolders.start()
      timers.every(HOUSEKEEPING_MS, () => live.closeIdle().then(() => recover(null)))
      timers.every(SWEEP_MS, sweepNow)
    },
    stop: async () => {
      await timers.stop()
      await Promise.all([hotFolders.stop(), live.stop()])
    },
  }
}

/** The same arrival is never brought to its end twice at the same time. */
function onceAtATime(settle: (arrival: Arrival) => Promise<Arrival>): (arrival: Arrival) => Promise<Arrival> {
  const running = new Map<string, Promise<Arrival>>()
  return (arrival) => {
    const known = running.get(arrival.id)
    if (known) return known
    const promise = settle(arrival).finally(() => running.delete(arrival.id))
    running.set(arrival.id, promise)
    return promise
  }
}

/** Repeated work that is never at it twice and never outlives a stop. */
class Timers {
  readonly #warn: TransferDeps['warn']
  readonly #timers: NodeJS.Timeout[] = []
  readonly #running = new Set<Promise<unknown>>()

  constructor(warn: TransferDeps['warn']) {
    this.#warn = warn
  }

  every(intervalMs: number, work: () => Promise<unknown>): void {
    let isRunning = false
    const timer = setInterval(() => {
      if (isRunning) return
      isRunning = true
      const run: Promise<unknown> = work()
        .catch((error: unknown) => this.#warn('arrivals could not be looked after', { reason: String(error) }))
        .finally(() => {
          isRunning = false
          this.#running.delete(run)
        })
      this.#running.add(run)
    }, intervalMs)
    this.#timers.push(timer.unref())
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#running)
  }
}
