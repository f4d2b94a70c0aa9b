import { lstat, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AssetsApi } from '../assets/api.ts'
import { CapstanError } from '../../lib/errors.ts'
import { planStill, planSubClip, type ExtractPlan, type Marks } from './domain/extract-plan.ts'
import type { MediaTools } from './ports/media-tools.ts'

/** A file made for one request; whoever asked removes it. */
export type Extract = { path: string; mediaType: string; remove: () => Promise<void> }

type Deps = { tools: MediaTools; assets: AssetsApi; originalPath: (accountId: number, assetId: string) => Promise<string>; tmpDir: string }

const STILL_TIMEOUT_MS = 60_000
const SUB_CLIP_TIMEOUT_MS = 30 * 60_000
const AT_ONCE_MAX = 4

/** Stills and sub-clips, made from the source while somebody waits. More than a few at once are refused, so that they never starve the jobs. */
export function createExtracts(deps: Deps) {
  let running = 0
  const make = async (
    accountId: number,
    assetId: string,
    timeoutMs: number,
    signal: AbortSignal,
    plan: (technical: NonNullable<Awaited<ReturnType<AssetsApi['technical']>>['technical']>) => ExtractPlan,
  ): Promise<Extract> => {
    const [{ technical }, path] = await Promise.all([deps.assets.technical(accountId, assetId), deps.originalPath(accountId, assetId)])
    if (!technical) throw new CapstanError('unsupported', 'nothing is known of the frames of this asset')
    const { args, file, mediaType } = plan(technical)
    if (running >= AT_ONCE_MAX)
      throw new CapstanError('unavailable', 'others are taking stills and sub-clips out just now: try again in a moment')
    running++
    try {
      const outputDir = await mkdtemp(join(deps.tmpDir, 'extract-'))
      const remove = () => rm(outputDir, { recursive: true, force: true })
      const take = async () => {
        await deps.tools.run({ tool: 'ffmpeg', args, inputs: [path], outputDir, signal, timeoutMs })
        // A tool opens its source by name: what another file that took its place was made into is not given out.
        await deps.originalPath(accountId, assetId)
        return { path: await ordinaryFile(join(outputDir, file)), mediaType, remove }
      }
      return await take().catch(async (error: unknown) => {
        await remove()
        throw error
      })
    } finally {
      running--
    }
  }
  return {
    still: (accountId: number, assetId: string, frame: number, signal: AbortSignal) =>
      make(accountId, assetId, STILL_TIMEOUT_MS, signal, (technical) => planStill(technical, frame, deps.tools.capabilities.filters)),
    subClip: (accountId: number, assetId: string, marks: Marks, signal: AbortSignal) =>
      make(accountId, assetId, SUB_CLIP_TIMEOUT_MS, signal, (technical) => planSubClip(technical, marks)),
  }
}

/** A tool that was taken over might leave a link to somewhere else in place of what it was asked for. */
async function ordinaryFile(path: string): Promise<string> {
  if ((await lstat(path)).isFile()) return path
  throw new CapstanError('internal', 'the tool left no ordinary file')
}
