import { z } from 'zod'
import { CapstanError } from '../../../lib/errors.ts'
import type { Storage } from '../../../ports/storage.ts'
import type { AssetsApi, Original } from '../../assets/api.ts'
import type { ExecutorDefinition, JobContext } from '../../jobs/api.ts'
import { differing } from '../domain/checksums.ts'
import type { OpenSource, SourceFiles } from '../ports/source-files.ts'
import { assetOf } from './asset-of.ts'

export type ChecksumsDeps = {
  assets: AssetsApi
  storage: Storage
  sources: SourceFiles
  /** For files in place, so that other readers of that storage are not held up; null for no limit. */
  inPlaceBytesPerSecond: number | null
}

/** `verify` reads the file even when all sums were taken on arrival. */
const Input = z.object({ verify: z.boolean().default(false) })

/**
 * `checksums`: SHA-256, MD5 and xxHash64 of the original. What was summed while it arrived is not read again unless `verify` asks for it; sums that
 * are known must agree.
 */
export const checksumsExecutor = (deps: ChecksumsDeps): ExecutorDefinition => ({
  kind: 'checksums',
  pool: 'io',
  repeat: 'idempotent',
  execute: (context) => checksums(deps, context),
})

async function checksums(deps: ChecksumsDeps, context: JobContext) {
  const { job } = context
  const original = await deps.assets.original(job.accountId, assetOf(job))
  const { verify } = Input.parse(job.input)
  const isComplete = original.checksums.sha256 !== undefined && original.checksums.md5 !== undefined
  if (isComplete && !verify) {
    context.log('the sums were taken while the file arrived')
    return { ...original.checksums, read: false }
  }
  const read = (path: string) => sumUpAt(deps, context, original, path)
  try {
    return await (original.kind === 'managed' ? deps.storage.withLocal(original.path, read) : read(original.path))
  } catch (error) {
    if (isMissing(error)) await deps.assets.setFileState(job.accountId, original.fileId, 'missing')
    throw error
  }
}

const isMissing = (error: unknown): boolean => error instanceof CapstanError && error.code === 'not_found'

async function sumUpAt(deps: ChecksumsDeps, context: JobContext, original: Original, path: string) {
  const source = await deps.sources.open(Buffer.from(path))
  try {
    return await sumUp(deps, context, original, source)
  } finally {
    await source.close()
  }
}

async function sumUp(deps: ChecksumsDeps, { job, signal, progress }: JobContext, original: Original, source: OpenSource) {
  const setState = (state: 'present' | 'changed') => deps.assets.setFileState(job.accountId, original.fileId, state)
  if (original.identity !== null && source.identity !== original.identity) {
    await setState('changed')
    throw new CapstanError('conflict', 'the file was changed since it was registered: register it anew')
  }
  const bytesPerSecond = original.kind === 'in_place' ? deps.inPlaceBytesPerSecond : null
  const found = await source.checksums({
    signal,
    bytesPerSecond,
    onBytes: (bytes) => progress(source.sizeBytes === 0 ? 1 : bytes / source.sizeBytes),
  })
  const wrong = differing(original.checksums, found)
  if (wrong.length > 0) {
    await setState('changed')
    throw new CapstanError(
      'conflict',
      `the ${wrong.join(' and ')} of the file is not what it was when it arrived: it was damaged or changed`,
      { details: { known: original.checksums, found } },
    )
  }
  await deps.assets.setChecksums(job.accountId, original.fileId, found)
  return { ...found, read: true }
}
