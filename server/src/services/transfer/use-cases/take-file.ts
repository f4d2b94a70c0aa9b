import { crashAt } from '../../../lib/crash-points.ts'
import { CapstanError } from '../../../lib/errors.ts'
import { hasRoom, type Storage } from '../../../ports/storage.ts'
import type { AssetsApi } from '../../assets/api.ts'
import { isFinal, refused, taking, type Arrival } from '../domain/arrival.ts'
import { md5InSidecar, type Checksums } from '../domain/checksums.ts'
import type { Candidate, SeenFile, WatchedFolder } from '../domain/hot-folder.ts'
import { nameFromBytes, originalPath } from '../domain/names.ts'
import { checkWhole } from '../domain/wholeness/check-whole.ts'
import type { OpenSource, SourceFiles } from '../ports/source-files.ts'
import type { TransferStore } from '../ports/transfer-store.ts'
import type { WatchedFolders } from '../ports/watched-folders.ts'

export type TakeDeps = {
  store: TransferStore
  sources: SourceFiles
  folders: WatchedFolders
  assets: AssetsApi
  storage: Storage
  /** An operator's mark instead of the rule's. */
  lowWaterBytes: () => number | null
  settle: (arrival: Arrival) => Promise<Arrival>
  nowMs: () => number
}

export type Taking = { folder: WatchedFolder; candidate: Candidate; record: Arrival; isSignalled: boolean }
export type TakeOutcome = { kind: 'done'; arrival: Arrival } | { kind: 'incomplete'; reason: string } | { kind: 'changed' }

const SIDECAR_BYTES_MAX = 256 << 10
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

export const hotKey = (folder: WatchedFolder, file: SeenFile): string => `hot/${folder.id}/${file.identity}`

/**
 * Takes one file of a hot folder in, or sets it aside with the reason. It is read once, for its checksums; what changes meanwhile is left for
 * another look. Without a signal it must be structurally whole.
 */
export const takeFile =
  (deps: TakeDeps) =>
  async ({ folder, candidate, record, isSignalled }: Taking): Promise<TakeOutcome> => {
    const { file } = candidate.watched
    const known = await deps.store.findByKey(folder.accountId, hotKey(folder, file))
    if (known && known.id !== record.id) return resume(deps, folder, candidate, known, record)
    await requireRoom(deps)
    const source = await openSeen(deps.sources, file)
    if (!source) return { kind: 'changed' }
    try {
      const missing = isSignalled ? null : await checkWhole(source)
      if (missing) return { kind: 'incomplete', reason: missing }
      return await decide(deps, { folder, candidate, record, isSignalled }, source)
    } catch (error) {
      if (error instanceof CapstanError && error.code === 'conflict') return { kind: 'changed' }
      throw error
    } finally {
      await source.close()
    }
  }

/** Moving a file in takes no room, what is made of it does. */
async function requireRoom({ storage, lowWaterBytes }: TakeDeps): Promise<void> {
  if (hasRoom(await storage.space(), 0, lowWaterBytes())) return
  throw new CapstanError('no_space', 'it waits for room: the storage is below its low-water mark')
}

async function openSeen(sources: SourceFiles, file: SeenFile): Promise<OpenSource | null> {
  try {
    const source = await sources.open(file.path)
    if (source.identity === file.identity) return source
    await source.close()
    return null
  } catch (error) {
    if (error instanceof CapstanError && (error.code === 'not_found' || error.code === 'unsupported')) return null
    throw error
  }
}

async function decide(deps: TakeDeps, { folder, candidate, record }: Taking, source: OpenSource): Promise<TakeOutcome> {
  const { file } = candidate.watched
  const [checksums, mediaType, sidecars] = [
    await source.checksums(),
    await source.mediaType(),
    await readSidecars(deps.sources, candidate.sidecars),
  ]
  const objection = md5Objection(record.name, checksums, sidecars) ?? (await duplicateObjection(deps.assets, folder, checksums))
  const keyed: Arrival = { ...record, key: hotKey(folder, file), sizeBytes: source.sizeBytes, origin: originOf(candidate) }
  if (objection) return { kind: 'done', arrival: await refuseFile(deps, folder, keyed, objection) }
  const path = originalPath(folder.accountId, record.assetId, record.name)
  const decided = taking(
    { ...keyed, variables: { ...record.variables, ...sidecarVariables(sidecars) } },
    { checksums, mediaType, path, sizeBytes: source.sizeBytes },
    deps.nowMs(),
  )
  await deps.store.save(decided)
  crashAt('after-decided')
  return { kind: 'done', arrival: await finish(deps, folder, decided) }
}

const originOf = ({ watched: { file }, sidecars }: Candidate): NonNullable<Arrival['origin']> => ({
  path: base64(file.path),
  identity: file.identity,
  sidecars: sidecars.map(({ path, identity }) => ({ path: base64(path), identity })),
})

async function finish(deps: TakeDeps, folder: WatchedFolder, decided: Arrival): Promise<Arrival> {
  const done = await deps.settle(decided)
  if (decided.origin) await deps.folders.removeEmpty(folder.path, Buffer.from(decided.origin.path, 'base64'))
  return done
}

/** This very file was decided before: a crash, or a folder we may not clear, left it here. */
async function resume(deps: TakeDeps, folder: WatchedFolder, candidate: Candidate, known: Arrival, record: Arrival): Promise<TakeOutcome> {
  await deps.store.remove(record.accountId, record.id, deps.nowMs())
  if (known.state === 'refused') await setAside(deps, folder, { ...known, origin: originOf(candidate) })
  if (isFinal(known)) return { kind: 'done', arrival: known }
  return { kind: 'done', arrival: await finish(deps, folder, known) }
}

/** The record says "refused" first, so that a crash in between moves the file at the next look. */
export async function refuseFile(
  deps: Pick<TakeDeps, 'store' | 'folders' | 'nowMs'>,
  folder: WatchedFolder,
  arrival: Arrival,
  reason: string,
): Promise<Arrival> {
  const ended = refused(arrival, reason, deps.nowMs())
  await deps.store.save(ended)
  crashAt('after-refused')
  await setAside(deps, folder, ended)
  return ended
}

async function setAside({ folders }: Pick<TakeDeps, 'folders'>, folder: WatchedFolder, { origin, reason, name }: Arrival): Promise<void> {
  if (!origin) return
  const paths = [origin, ...origin.sidecars].map(({ path }) => Buffer.from(path, 'base64'))
  await folders.setAside(folder.path, paths, `${name} was refused: ${reason}`)
}

type Sidecar = { name: string; text: string }

async function readSidecars(sources: SourceFiles, files: readonly SeenFile[]): Promise<Sidecar[]> {
  const read: Sidecar[] = []
  for (const file of files) {
    const source = await sources.open(file.path)
    try {
      const bytes = Buffer.from(await source.readAt(0, Math.min(source.sizeBytes, SIDECAR_BYTES_MAX)))
      read.push({ name: nameFromBytes(Buffer.from(file.key, 'latin1')).name.split('/').at(-1) ?? '', text: bytes.toString('utf8') })
    } finally {
      await source.close()
    }
  }
  return read
}

function md5Objection(name: string, { md5 }: Checksums, sidecars: readonly Sidecar[]): string | null {
  const list = sidecars.find((sidecar) => /\.md5$/i.test(sidecar.name))
  if (!list) return null
  const expected = md5InSidecar(list.text, name)
  if (expected === null) return `${list.name} holds no MD5 of this file`
  return expected === md5 ? null : `its MD5 is ${md5}, ${list.name} says ${expected}: it was damaged on the way`
}

async function duplicateObjection(assets: AssetsApi, folder: WatchedFolder, { sha256 }: Checksums): Promise<string | null> {
  if (folder.duplicates !== 'refuse' || !sha256) return null
  const same = await assets.findByChecksum(folder.accountId, sha256)
  return same ? `the same content is there already as #${same.number} "${same.name}"` : null
}

/** A description that came beside the file goes to its workflow. */
function sidecarVariables(sidecars: readonly Sidecar[]): Record<string, unknown> {
  const described = sidecars.filter(({ name }) => /\.xml$/i.test(name))
  return described.length > 0 ? { sidecars: described } : {}
}
