import type { Clock } from '../../lib/clock.ts'
import type { Storage } from '../../ports/storage.ts'
import type { AssetsApi } from '../assets/api.ts'
import type { WorkflowsApi } from '../workflows/api.ts'
import { refused, type Arrival } from './domain/arrival.ts'
import type { SourceFiles } from './ports/source-files.ts'
import type { TransferStore } from './ports/transfer-store.ts'
import type { UploadFiles } from './ports/upload-files.ts'
import { uploadHandler, type UploadHandler } from './tus.ts'
import { settleArrival } from './use-cases/finish-arrival.ts'
import { LiveUploads } from './use-cases/live-uploads.ts'
import type { UploadDeps } from './use-cases/receive-upload.ts'
import { recoverArrivals } from './use-cases/recover-arrivals.ts'

export type TransferSettings = Readonly<{
  /** An operator's low-water mark instead of the rule's. */
  lowWaterBytes: number | null
}>

export type TransferDeps = {
  store: TransferStore
  /** The media storage. */
  storage: Storage
  uploadFiles: UploadFiles
  sources: SourceFiles
  assets: AssetsApi
  workflows: WorkflowsApi
  clock: Clock
  settings: TransferSettings
  warn: (message: string, facts: Record<string, unknown>) => void
}

export type Transfer = {
  uploadHandler: UploadHandler
  /** Finishes what a crash interrupted, then takes in what comes. */
  start(): Promise<void>
  stop(): Promise<void>
}

const HOUSEKEEPING_MS = 30_000

export function createTransfer(deps: TransferDeps): Transfer {
  const nowMs = () => deps.clock.now()
  const live = new LiveUploads(deps.uploadFiles, () => deps.clock.monotonic())
  const refuse = async (arrival: Arrival, reason: string): Promise<Arrival> => {
    const ended = refused(arrival, reason, nowMs())
    await deps.store.save(ended)
    return ended
  }
  const settle = settleArrival({ ...deps, nowMs }, refuse)
  const uploads: UploadDeps = {
    store: deps.store,
    files: deps.uploadFiles,
    live,
    storage: deps.storage,
    settle,
    lowWaterBytes: deps.settings.lowWaterBytes,
    nowMs,
    warn: deps.warn,
  }
  const recover = recoverArrivals({ ...uploads })
  let timer: NodeJS.Timeout | null = null
  return {
    uploadHandler: uploadHandler(uploads),
    start: async () => {
      await recover()
      timer = setInterval(
        () =>
          void live
            .closeIdle()
            .then(recover)
            .catch((error: unknown) => deps.warn('arrivals could not be looked after', { reason: String(error) })),
        HOUSEKEEPING_MS,
      )
      timer.unref()
    },
    stop: async () => {
      if (timer) clearInterval(timer)
      await live.stop()
    },
  }
}
