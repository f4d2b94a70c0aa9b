import { join } from 'node:path'
import type { AssetsApi } from '../assets/api.ts'
import type { Principal } from '../identity/api.ts'
import type { ExecutorDefinition, JobContext, JobOutput } from '../jobs/api.ts'
import { CapstanError } from '../../lib/errors.ts'
import type { MadeRendition, Step, StepInput } from './steps/step.ts'

export type MediaExecutorDeps = {
  assets: AssetsApi
  /** Absolute path of an asset's original; throws when it is missing or was changed. */
  originalPath: (accountId: number, assetId: string) => Promise<string>
  /** Who the media service is when it writes. */
  principal: (accountId: number) => Principal
  /** Absolute path of what lies in the media storage. */
  localPath: (path: string) => string
}

/** What a job makes of one asset: the steps run in order in one staging folder, each rendition is attached as it is whole. */
export function mediaExecutor(
  deps: MediaExecutorDeps,
  kind: string,
  pool: ExecutorDefinition['pool'],
  steps: readonly Step[],
): ExecutorDefinition {
  return { kind, pool, repeat: 'idempotent', execute: (context) => runSteps(deps, context, steps) }
}

async function runSteps(deps: MediaExecutorDeps, context: JobContext, steps: readonly Step[]): Promise<JobOutput> {
  const { job } = context
  const by = deps.principal(job.accountId)
  const assetId = assetOf(job)
  const input = await stepInput(deps, context, assetId)
  const warnings: string[] = []
  const made: string[] = []
  let output: Record<string, unknown> = {}
  for (const [index, step] of steps.entries()) {
    const progress = (fraction: number) => context.progress((index + fraction) / steps.length)
    const result = await step({ ...input, progress })
    // A tool opens its source by name: what another file that took its place was made into is not kept.
    await deps.originalPath(job.accountId, assetId)
    for (const rendition of result.renditions) {
      await attach(deps, by, context, assetId, input.outDir, rendition)
      made.push(rendition.name)
    }
    warnings.push(...result.warnings)
    output = { ...output, ...result.output }
  }
  return { ...output, renditions: made, ...(warnings.length > 0 ? { warnings } : {}) }
}

export function assetOf(job: JobContext['job']): string {
  if (job.assetId) return job.assetId
  throw new CapstanError('invalid', `a job of kind ${job.kind} needs an asset: start its workflow about one`)
}

export async function stepInput({ assets, originalPath }: MediaExecutorDeps, context: JobContext, assetId: string): Promise<StepInput> {
  const { accountId } = context.job
  const [original, { technical }, path] = await Promise.all([
    assets.original(accountId, assetId),
    assets.technical(accountId, assetId),
    originalPath(accountId, assetId),
  ])
  return {
    source: { path, name: original.originalName, sizeBytes: original.sizeBytes },
    technical,
    outDir: context.stagingDir,
    signal: context.signal,
    progress: (fraction) => context.progress(fraction),
    log: (message, facts) => context.log(message, facts),
  }
}

export async function attach(
  { assets }: MediaExecutorDeps,
  by: Principal,
  { job }: JobContext,
  assetId: string,
  outDir: string,
  rendition: MadeRendition,
): Promise<{ id: string; mainFile: string }> {
  const { kind, name, files, mainFile, facts, settings } = rendition
  return assets.attachRendition(by, {
    assetId,
    kind,
    name,
    stagedFolder: join(outDir, name),
    files,
    mainFile,
    facts,
    settings,
    jobId: job.id,
    jobKey: job.key,
  })
}
