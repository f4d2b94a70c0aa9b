import { crashAt } from '../../../lib/crash-points.ts'
import { CapstanError, notFound } from '../../../lib/errors.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import { hasRoom, type Storage } from '../../../ports/storage.ts'
import { authorise, type Principal } from '../../identity/api.ts'
import { received, resumeOffset, taking, UPLOAD_KEPT_MS, type Arrival } from '../domain/arrival.ts'
import { originalPath } from '../domain/names.ts'
import type { ExpectedChecksum, UploadMetadata } from '../domain/tus-headers.ts'
import type { CheckWorkflow } from '../../workflows/api.ts'
import type { TransferStore } from '../ports/transfer-store.ts'
import type { UploadFile, UploadFiles } from '../ports/upload-files.ts'
import type { LiveUploads, Writer } from './live-uploads.ts'
import { pumpBody } from './pump-body.ts'

export type UploadDeps = {
  store: TransferStore
  files: UploadFiles
  live: LiveUploads
  storage: Storage
  /** Brings a decided arrival to its end. */
  settle: (arrival: Arrival) => Promise<Arrival>
  checkWorkflow: CheckWorkflow
  /** An operator's mark instead of the rule's. */
  lowWaterBytes: () => number | null
  nowMs: () => number
  warn: (message: string, facts: Record<string, unknown>) => void
}

/** Each costs a row and a look at every new one. */
const UNFINISHED_MAX = 10_000

/**
 * Announces an upload; refused with `no_space` before the first byte when there is no room for it and for those that are under way, and with
 * `rate_limited` for a person who has left too many unfinished; with `forbidden` for a workflow that this person may not start.
 */
export const createUpload =
  ({ store, files, live, storage, checkWorkflow, lowWaterBytes, nowMs }: Omit<UploadDeps, 'settle' | 'warn'>) =>
  async (by: Principal, sizeBytes: number, metadata: UploadMetadata): Promise<Arrival> => {
    authorise(by, 'ingest')
    await checkWorkflow(by, metadata.workflow)
    const space = await storage.space()
    const { bytes: promised, ofUploader } = await stillToCome(store, live, by, nowMs())
    if (ofUploader >= UNFINISHED_MAX)
      throw new CapstanError('rate_limited', `you have ${ofUploader} unfinished uploads: finish or remove some of them first`)
    if (!hasRoom(space, sizeBytes + promised, lowWaterBytes())) throw noRoom(sizeBytes, space.freeBytes, promised)
    const now = nowMs()
    const id = uuidv7(now)
    return store.add({
      id,
      accountId: by.accountId,
      key: `upload/${id}`,
      source: 'upload',
      sourceName: by.name,
      name: metadata.name,
      nameBytes: metadata.nameBytes,
      relativePath: metadata.relativePath,
      workflow: metadata.workflow,
      state: 'receiving',
      sizeBytes,
      receivedBytes: 0,
      unverifiedFrom: null,
      bootId: files.bootId,
      fingerprint: metadata.fingerprint,
      assetId: uuidv7(now),
      origin: null,
      checksums: {},
      mediaType: 'application/octet-stream',
      path: null,
      variables: metadata.relativePath === null ? {} : { relativePath: metadata.relativePath },
      runId: null,
      reason: null,
      by: { kind: by.kind, id: by.id, name: by.name },
      mayPublish: by.rights.has('publish'),
      startedAtMs: now,
      updatedAtMs: now,
      expiresAtMs: now + UPLOAD_KEPT_MS,
    })
  }

const HOUR_MS = 3_600_000

/** What unfinished uploads have still to bring; those that nobody touched for an hour hold no room. */
async function stillToCome(
  store: TransferStore,
  live: LiveUploads,
  by: Principal,
  nowMs: number,
): Promise<{ bytes: number; ofUploader: number }> {
  let bytes = 0
  let ofUploader = 0
  for (let afterId = ''; ;) {
    const page = await store.inStates(['receiving'], afterId, 200)
    const uploads = page.filter(({ source }) => source === 'upload')
    ofUploader += uploads.filter((upload) => upload.by.id === by.id).length
    const current = uploads.filter(({ updatedAtMs }) => updatedAtMs > nowMs - HOUR_MS)
    for (const { id, sizeBytes, receivedBytes } of current) bytes += (sizeBytes ?? 0) - Math.max(live.liveBytes(id) ?? 0, receivedBytes)
    const last = page.at(-1)
    if (!last || page.length < 200) return { bytes, ofUploader }
    afterId = last.id
  }
}

const UNITS = ['byte', 'KiB', 'MiB', 'GiB', 'TiB']

/** In the unit in which it is at least one: `1.5 MiB`. */
function inWords(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1_024 ** power).toFixed(1)} ${UNITS[power]}`
}

const noRoom = (sizeBytes: number, freeBytes: number, promised: number) =>
  new CapstanError(
    'no_space',
    `there is no room for ${inWords(sizeBytes)}: ${inWords(freeBytes)} are free, a reserve is kept, and other uploads bring ${inWords(promised)}. Free some space, or ask an administrator to`,
    {
      details: { sizeBytes, freeBytes },
    },
  )

/** An upload of this user; an administrator sees all. */
export async function getUpload(store: TransferStore, by: Principal, id: string): Promise<Arrival> {
  authorise(by, 'ingest')
  const arrival = await store.find(by.accountId, id)
  const isTheirs = arrival?.source === 'upload' && (arrival.by.id === by.id || by.rights.has('administer'))
  if (!arrival || !isTheirs) throw notFound('upload', id)
  return arrival
}

/** How many bytes count. */
export async function uploadOffset({ files, live }: Pick<UploadDeps, 'files' | 'live'>, arrival: Arrival): Promise<number> {
  if (arrival.state !== 'receiving') return arrival.sizeBytes ?? 0
  // While bytes with a checksum come in, none of them counts yet.
  if (arrival.unverifiedFrom !== null) return arrival.unverifiedFrom
  return live.liveBytes(arrival.id) ?? resumeOffset(arrival, (await files.sizeOf(arrival.id)) ?? 0, files.bootId)
}

export type Sending = {
  id: string
  offset: number
  bytes: number | null
  checksum: ExpectedChecksum | null
  body: (signal: AbortSignal) => AsyncIterable<Uint8Array>
}

/**
 * Takes bytes in at `offset`. When it resolves they are on the disk; with the last ones the upload is decided and, unless a fault hinders it for
 * now, an asset. Throws `conflict` (reason `offset` or `locked`).
 */
export const receiveBytes =
  (deps: UploadDeps) =>
  async (by: Principal, sending: Sending): Promise<Arrival> => {
    await getUpload(deps.store, by, sending.id)
    return deps.live.exclusively(sending.id, async (writer) => {
      const arrival = await getUpload(deps.store, by, sending.id)
      if (arrival.state !== 'receiving') return checkFinished(arrival, sending.offset)
      if ((arrival.expiresAtMs ?? Infinity) < deps.nowMs()) throw notFound('upload', arrival.id)
      const file = await writer.open(arrival)
      if (file.sizeBytes !== sending.offset) throw wrongOffset(file.sizeBytes)
      const counted = await takeIn(deps, writer, arrival, file, sending)
      return file.sizeBytes === counted.sizeBytes
        ? complete(deps, writer, counted, file)
        : save(deps, received(counted, file.sizeBytes, deps.files.bootId, deps.nowMs()))
    })
  }

async function takeIn(
  deps: UploadDeps,
  writer: Writer,
  arrival: Arrival,
  file: UploadFile,
  { bytes, checksum, body }: Sending,
): Promise<Arrival> {
  const bytesMax = (arrival.sizeBytes ?? 0) - file.sizeBytes
  if (bytes !== null && bytes > bytesMax) throw new CapstanError('too_large', 'more bytes come than the upload was announced with')
  if (checksum) await deps.store.save({ ...arrival, receivedBytes: file.sizeBytes, unverifiedFrom: file.sizeBytes })
  const checkpoint = checksum ? null : new Checkpoint(deps, arrival, file)
  const onBytes = () => {
    writer.alive()
    checkpoint?.tick()
  }
  try {
    await pumpBody({ body: body(writer.signal), file, bytesMax, checksum, onBytes })
  } catch (error) {
    await checkpoint?.settled()
    await recordInterruption(deps, arrival, file)
    throw error
  }
  await checkpoint?.settled()
  await file.sync()
  return arrival
}

/** On a full disk not even this may work; then the open file still knows how far it is, and after a restart the disk does. */
async function recordInterruption(deps: UploadDeps, arrival: Arrival, file: UploadFile): Promise<void> {
  try {
    await file.sync()
    await deps.store.save(received(arrival, file.sizeBytes, deps.files.bootId, deps.nowMs()))
  } catch (error) {
    deps.warn('how far an upload is could not be recorded', {
      arrivalId: arrival.id,
      reason: error instanceof Error ? error.message : String(error),
    })
  }
}

async function save({ store }: UploadDeps, arrival: Arrival): Promise<Arrival> {
  await store.save(arrival)
  crashAt('after-bytes')
  return arrival
}

async function complete(deps: UploadDeps, writer: Writer, arrival: Arrival, file: UploadFile): Promise<Arrival> {
  crashAt('before-decided')
  const [checksums, mediaType] = await Promise.all([file.checksums(), file.mediaType()])
  await writer.close()
  const path = originalPath(arrival.accountId, arrival.assetId, arrival.name)
  const decided = taking(arrival, { checksums, mediaType, path, sizeBytes: file.sizeBytes }, deps.nowMs())
  await deps.store.save(decided)
  crashAt('after-decided')
  return finishNow(deps, decided)
}

/** The bytes are safe; what hinders the rest for now is tried again by the recovery, not by the client. */
async function finishNow({ settle, warn }: UploadDeps, decided: Arrival): Promise<Arrival> {
  try {
    return await settle(decided)
  } catch (error) {
    warn('an arrival could not be finished yet', {
      arrivalId: decided.id,
      assetId: decided.assetId,
      reason: error instanceof Error ? error.message : String(error),
    })
    return decided
  }
}

/** Finishes an upload of which all bytes are there: after a crash, or when it is empty. */
export const completeUpload =
  (deps: UploadDeps) =>
  async (arrival: Arrival): Promise<Arrival | null> =>
    deps.live.exclusively(arrival.id, async (writer) => {
      const file = await writer.open(arrival)
      if (file.sizeBytes !== arrival.sizeBytes) return null
      await file.sync()
      return complete(deps, writer, arrival, file)
    })

/** Ends an unfinished upload and frees its space. */
export const terminateUpload =
  (deps: Pick<UploadDeps, 'store' | 'files' | 'live' | 'nowMs'>) =>
  async (by: Principal, id: string): Promise<void> => {
    await getUpload(deps.store, by, id)
    await deps.live.exclusively(id, async (writer) => {
      const arrival = await getUpload(deps.store, by, id)
      if (arrival.state !== 'receiving') throw new CapstanError('conflict', 'this upload is finished: delete the asset instead')
      await dropUpload(deps, writer, arrival)
    })
  }

export async function dropUpload(
  { store, files, nowMs }: Pick<UploadDeps, 'store' | 'files' | 'nowMs'>,
  writer: Writer,
  arrival: Arrival,
): Promise<void> {
  await writer.close()
  await files.remove(arrival.id)
  await store.remove(arrival.accountId, arrival.id, nowMs())
}

function checkFinished(arrival: Arrival, offset: number): Arrival {
  if (offset !== arrival.sizeBytes) throw wrongOffset(arrival.sizeBytes ?? 0)
  return arrival
}

const wrongOffset = (offset: number) =>
  new CapstanError('conflict', `this upload goes on at byte ${offset}`, { details: { reason: 'offset', offset } })

const CHECKPOINT_MS = 10_000

/** In a request that lasts for hours: what is on the disk is recorded now and then, so that a power failure costs seconds. */
class Checkpoint {
  readonly #deps: UploadDeps
  readonly #arrival: Arrival
  readonly #file: UploadFile
  #atMs: number
  #running: Promise<void> | null = null

  constructor(deps: UploadDeps, arrival: Arrival, file: UploadFile) {
    this.#deps = deps
    this.#arrival = arrival
    this.#file = file
    this.#atMs = deps.nowMs()
  }

  tick(): void {
    const now = this.#deps.nowMs()
    if (this.#running || now - this.#atMs < CHECKPOINT_MS) return
    this.#atMs = now
    this.#running = this.#record(this.#file.sizeBytes, now).finally(() => (this.#running = null))
  }

  async settled(): Promise<void> {
    await this.#running
  }

  async #record(bytes: number, nowMs: number): Promise<void> {
    try {
      await this.#file.sync()
      await this.#deps.store.save(received(this.#arrival, bytes, this.#deps.files.bootId, nowMs))
    } catch (error) {
      this.#deps.warn('how far an upload is could not be recorded', { arrivalId: this.#arrival.id, reason: String(error) })
    }
  }
}
