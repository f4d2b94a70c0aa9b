import { createHash } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { crashAt } from '../../../lib/crash-points.ts'
import { CapstanError } from '../../../lib/errors.ts'
import { hasRoom, type Storage } from '../../../ports/storage.ts'
import { authorise, type Principal } from '../../identity/api.ts'
import { isFinal, taking, type Arrival } from '../domain/arrival.ts'
import type { Checksums } from '../domain/checksums.ts'
import type { PathBytes } from '../domain/hot-folder.ts'
import { nameFromBytes, originalPath } from '../domain/names.ts'
import type { OpenSource, SourceFiles } from '../ports/source-files.ts'
import type { CheckWorkflow } from '../../workflows/api.ts'
import type { TransferStore } from '../ports/transfer-store.ts'
import { newArrival } from './new-arrival.ts'

export type IngestDeps = {
  store: TransferStore
  storage: Storage
  sources: SourceFiles
  settle: (arrival: Arrival) => Promise<Arrival>
  lowWaterBytes: () => number | null
  checkWorkflow: CheckWorkflow
  nowMs: () => number
}

export type IngestRequest = {
  paths: readonly string[]
  workflow: string
  inPlace: boolean
  /** Distinguishes one hand-over from another: the same file under the same token is taken once. */
  token: string
}

export type IngestedItem = { path: string; assetId: string | null; runId: string | null; error: string | null }

/** A hand-over names at most so many files, folders walked. */
const FILES_MAX = 100_000

/** Takes in files that lie on this machine: copied, the source untouched, or registered where they are. One that cannot be taken does not stop the others. */
export const ingestPaths =
  (deps: IngestDeps) =>
  async (by: Principal, request: IngestRequest): Promise<IngestedItem[]> => {
    authorise(by, 'ingest')
    await deps.checkWorkflow(by, request.workflow)
    const items: IngestedItem[] = []
    for (const path of request.paths) {
      try {
        if (!isAbsolute(path)) throw new CapstanError('invalid', 'the path must be absolute')
        for await (const file of deps.sources.walk(path)) {
          if (items.length >= FILES_MAX) throw new CapstanError('too_large', `at most ${FILES_MAX} files in one hand-over`)
          items.push(await ingestOne(deps, by, request, path, file))
        }
      } catch (error) {
        items.push(failure(path, error))
      }
    }
    return items
  }

const failure = (path: string, error: unknown): IngestedItem => ({
  path,
  assetId: null,
  runId: null,
  error: error instanceof Error ? error.message : String(error),
})

async function ingestOne(deps: IngestDeps, by: Principal, request: IngestRequest, root: string, file: PathBytes): Promise<IngestedItem> {
  const path = nameFromBytes(file).name
  try {
    const arrival = await takeLocal(deps, by, request, root, file)
    return {
      path,
      assetId: arrival.state === 'taken' ? arrival.assetId : null,
      runId: arrival.runId,
      error: arrival.state === 'taken' ? null : arrival.reason,
    }
  } catch (error) {
    return failure(path, error)
  }
}

async function takeLocal(deps: IngestDeps, by: Principal, request: IngestRequest, root: string, file: PathBytes): Promise<Arrival> {
  const source = await deps.sources.open(file)
  try {
    const arrival = await deps.store.add(describe(deps, by, request, root, file, source))
    if (isFinal(arrival)) return arrival
    if (arrival.state === 'taking') return await deps.settle(arrival)
    const decided = await decide(deps, request, arrival, file, source)
    await deps.store.save(decided)
    crashAt('after-decided')
    return await deps.settle(decided)
  } finally {
    await source.close()
  }
}

/** What cannot be taken in is told to the caller and leaves no record: it may be handed over again. */
async function decide(
  deps: IngestDeps,
  { inPlace }: IngestRequest,
  arrival: Arrival,
  file: PathBytes,
  source: OpenSource,
): Promise<Arrival> {
  try {
    return inPlace ? await registerWhereItIs(deps, arrival, file, source) : await copyIn(deps, arrival, source)
  } catch (error) {
    await deps.store.remove(arrival.accountId, arrival.id, deps.nowMs())
    throw error
  }
}

function describe(deps: IngestDeps, by: Principal, request: IngestRequest, root: string, file: PathBytes, source: OpenSource): Arrival {
  const bytes = Buffer.from(file)
  const pathHash = createHash('sha256').update(bytes).digest('hex')
  const relative = nameFromBytes(bytes).name.slice(root.length + 1)
  return {
    ...newArrival(
      {
        accountId: by.accountId,
        key: request.inPlace ? `in-place/${pathHash}/${source.identity}` : `path/${request.token}/${pathHash}/${source.identity}`,
        source: request.inPlace ? 'in_place' : 'command_line',
        sourceName: by.name,
        ...nameFromBytes(bytes.subarray(bytes.lastIndexOf(0x2f) + 1)),
        relativePath: relative === '' ? null : relative,
        workflow: request.workflow,
        state: 'receiving',
        sizeBytes: source.sizeBytes,
        by: { kind: by.kind, id: by.id, name: by.name },
        mayPublish: by.rights.has('publish'),
      },
      deps.nowMs(),
    ),
    origin: { path: bytes.toString('base64'), identity: source.identity, sidecars: [] },
  }
}

/** Its checksums come later, by a job at a limited rate. */
async function registerWhereItIs({ nowMs }: IngestDeps, arrival: Arrival, file: PathBytes, source: OpenSource): Promise<Arrival> {
  const { name: path, nameBytes } = nameFromBytes(file)
  if (nameBytes !== null)
    throw new CapstanError('unsupported', 'the path is no UTF-8, so that no tool could open it where it is: ingest a copy instead')
  return taking(arrival, { checksums: {}, mediaType: await source.mediaType(), path, sizeBytes: source.sizeBytes }, nowMs())
}

async function copyIn({ storage, lowWaterBytes, nowMs }: IngestDeps, arrival: Arrival, source: OpenSource): Promise<Arrival> {
  if (!hasRoom(await storage.space(), source.sizeBytes, lowWaterBytes()))
    throw new CapstanError('no_space', 'there is no room for a copy: free some space, or register the file in place')
  const path = originalPath(arrival.accountId, arrival.assetId, arrival.name)
  // Side by side the second reader finds every byte in memory; both are awaited, because the file may only be closed when neither reads it.
  const [put, summed] = await Promise.allSettled([storage.put(path, source.read()), source.checksums()])
  if (put.status === 'rejected') throw put.reason
  if (summed.status === 'rejected') throw summed.reason
  crashAt('after-copy')
  const checksums: Checksums = summed.value
  return taking(arrival, { checksums, mediaType: await source.mediaType(), path, sizeBytes: source.sizeBytes }, nowMs())
}

/** Finishes a hand-over that a crash interrupted: its source is still there, unchanged, or it is refused. */
export const resumeIngest =
  (deps: IngestDeps, refuse: (arrival: Arrival, reason: string) => Promise<Arrival>) =>
  async (arrival: Arrival): Promise<Arrival> => {
    if (!arrival.origin) return refuse(arrival, 'its source is not known')
    const file = Buffer.from(arrival.origin.path, 'base64')
    const facts = await deps.sources.facts(file)
    if (facts?.identity !== arrival.origin.identity) return refuse(arrival, 'the file was changed or taken away before it was taken in')
    const source = await deps.sources.open(file)
    try {
      const decided =
        arrival.source === 'in_place' ? await registerWhereItIs(deps, arrival, file, source) : await copyIn(deps, arrival, source)
      await deps.store.save(decided)
      return await deps.settle(decided)
    } finally {
      await source.close()
    }
  }
