import { crashAt } from '../../../lib/crash-points.ts'
import { CapstanError, isRetried } from '../../../lib/errors.ts'
import type { Storage } from '../../../ports/storage.ts'
import type { AssetsApi } from '../../assets/api.ts'
import type { Principal } from '../../identity/api.ts'
import type { WorkflowsApi } from '../../workflows/api.ts'
import { taken, type Arrival } from '../domain/arrival.ts'
import type { SourceFiles } from '../ports/source-files.ts'
import type { TransferStore } from '../ports/transfer-store.ts'
import type { UploadFiles } from '../ports/upload-files.ts'
import { verified } from './verified.ts'

export type FinishDeps = {
  store: TransferStore
  assets: AssetsApi
  workflows: WorkflowsApi
  storage: Storage
  uploadFiles: UploadFiles
  sources: SourceFiles
  nowMs: () => number
}

/** The arrival's owner at work; after a restart only who it was is known, and that it was allowed. */
export const ownerOf = ({ by, accountId, mayPublish }: Arrival): Principal => ({
  ...by,
  accountId,
  rights: new Set(mayPublish ? ['ingest', 'publish'] : ['ingest']),
  requestId: null,
  address: null,
})

/**
 * Brings a decided arrival to its end: file in its place, asset, run, source removed. Every step is idempotent by the arrival's key, so that it
 * is repeated from the beginning after a crash at any line.
 */
export const finishArrival =
  (deps: FinishDeps) =>
  async (arrival: Arrival): Promise<Arrival> => {
    if (arrival.state !== 'taking' || arrival.path === null) throw new CapstanError('internal', `arrival ${arrival.id} is not decided yet`)
    await placeOriginal(deps, arrival, arrival.path)
    crashAt('after-place')
    const asset = await registerOriginal(deps.assets, arrival, arrival.path)
    crashAt('after-register')
    const started = await startRun(deps.workflows, arrival, asset)
    crashAt('after-start')
    await removeSource(deps, arrival)
    crashAt('after-remove-source')
    const done = taken(arrival, started.runId, started.reason, deps.nowMs())
    await deps.store.save(done)
    return done
  }

async function placeOriginal({ storage, uploadFiles, sources }: FinishDeps, arrival: Arrival, path: string): Promise<void> {
  if (arrival.source === 'in_place') return
  // A file in the storage is whole, so an attempt before this one brought it there; whatever lies at its source now is another one.
  if ((await storage.stat(path))?.sizeBytes === arrival.sizeBytes) return
  if (arrival.origin === null) return placeLocal({ storage, sources }, arrival, Buffer.from(uploadFiles.localPath(arrival.id)), path)
  const source = Buffer.from(arrival.origin.path, 'base64')
  const facts = await sources.facts(source)
  if (facts?.identity !== arrival.origin.identity)
    throw new CapstanError('conflict', 'the file was changed or taken away while it was being taken in')
  await placeLocal({ storage, sources }, arrival, source, path)
}

async function placeLocal(
  { storage, sources }: Pick<FinishDeps, 'storage' | 'sources'>,
  arrival: Arrival,
  source: Uint8Array,
  path: string,
): Promise<void> {
  if (await storage.adopt(source, path)) return
  const opened = await sources.open(source)
  try {
    await storage.put(path, verified(opened.read(), arrival.checksums))
  } finally {
    await opened.close()
  }
}

const registerOriginal = (assets: AssetsApi, arrival: Arrival, path: string) =>
  assets.register(ownerOf(arrival), {
    key: arrival.key,
    id: arrival.assetId,
    name: arrival.name,
    originalName: arrival.name,
    nameBytes: arrival.nameBytes,
    file: {
      storage: arrival.source === 'in_place' ? 'in_place' : 'main',
      kind: arrival.source === 'in_place' ? 'in_place' : 'managed',
      path,
      sizeBytes: arrival.sizeBytes ?? 0,
      mediaType: arrival.mediaType,
      checksums: arrival.checksums,
      identity: arrival.source === 'in_place' ? (arrival.origin?.identity ?? null) : null,
    },
  })

type Started = { runId: string | null; reason: string | null }

/** A workflow that does not exist must not hold back a file that is safe: the asset stays, and says why nothing happens. */
async function startRun(
  workflows: WorkflowsApi,
  arrival: Arrival,
  { id, number, name }: { id: string; number: number; name: string },
): Promise<Started> {
  try {
    const { runId } = await workflows.start(ownerOf(arrival), {
      workflow: arrival.workflow,
      asset: { id, number, name },
      variables: arrival.variables,
      key: arrival.key,
    })
    return { runId, reason: null }
  } catch (error) {
    if (!(error instanceof CapstanError) || isRetried(error.code) || error.code === 'no_space') throw error
    return { runId: null, reason: `no workflow was started: ${error.message}` }
  }
}

async function removeSource({ uploadFiles, sources }: FinishDeps, { source, id, origin }: Arrival): Promise<void> {
  if (source === 'upload') return uploadFiles.remove(id)
  if (source !== 'hot_folder' || !origin) return
  for (const { path, identity } of [origin, ...origin.sidecars]) await sources.removeIf(Buffer.from(path, 'base64'), identity)
}

/**
 * Finishes, or refuses what can never be finished: `refuse` puts it where people look. Faults that may pass are thrown; the arrival stays decided
 * and is tried again.
 */
export const settleArrival =
  (deps: FinishDeps, refuse: (arrival: Arrival, reason: string) => Promise<Arrival>) =>
  async (arrival: Arrival): Promise<Arrival> => {
    try {
      return await finishArrival(deps)(arrival)
    } catch (error) {
      const isForGood =
        error instanceof CapstanError && ['conflict', 'invalid', 'not_found', 'unsupported', 'forbidden'].includes(error.code)
      if (!isForGood) throw error
      return refuse(arrival, error.message)
    }
  }
