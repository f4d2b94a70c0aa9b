import type { AssetKind } from '@capstan/contract/assets'
import type { Technical } from '@capstan/contract/technical'
import type { ExecutorDefinition, JobContext, JobOutput } from '../jobs/api.ts'
import { assetOf, mediaExecutor, stepInput, type MediaExecutorDeps } from './executors.ts'
import type { MediaTools } from './ports/media-tools.ts'
import { document } from './steps/document.ts'
import { hls } from './steps/hls.ts'
import { image } from './steps/image.ts'
import { pictures } from './steps/pictures.ts'
import { probe } from './steps/probe.ts'
import { proxy } from './steps/proxy.ts'
import type { Step, StepInput } from './steps/step.ts'
import { waveform } from './steps/waveform.ts'

export type MediaDeps = MediaExecutorDeps & { tools: MediaTools }

/** Every kind of job that changes or looks into essence. A new one is a step and a line here. */
export function mediaExecutors({ tools, ...deps }: MediaDeps): ExecutorDefinition[] {
  return [
    { kind: 'probe', pool: 'light', repeat: 'idempotent', execute: (context) => runProbe(deps, probe(tools), context) },
    mediaExecutor(deps, 'proxy', 'encode', [proxy(tools), hls(tools)]),
    mediaExecutor(deps, 'pictures', 'encode', [pictures(tools)]),
    mediaExecutor(deps, 'waveform', 'io', [waveform(tools)]),
    { kind: 'image', pool: 'light', repeat: 'idempotent', execute: (context) => runStill(deps, image(tools), context) },
    { kind: 'document', pool: 'light', repeat: 'idempotent', execute: (context) => runStill(deps, document(tools), context) },
  ]
}

async function runProbe(deps: MediaExecutorDeps, step: Step, context: JobContext): Promise<JobOutput> {
  const assetId = assetOf(context.job)
  const result = await step(await stepInput(deps, context, assetId))
  const { kind, technical, mediaType } = result.output as { kind: AssetKind; technical: Technical | null; mediaType: string }
  await deps.assets.setFacts(deps.principal(context.job.accountId), assetId, { kind, technical })
  return { kind, mediaType, ...(result.warnings.length > 0 ? { warnings: result.warnings } : {}) }
}

/** Stills and documents are decoded once: what the decoder learnt joins the technical facts. */
async function runStill(deps: MediaExecutorDeps, step: Step, context: JobContext): Promise<JobOutput> {
  const assetId = assetOf(context.job)
  const { accountId } = context.job
  const decoded: { image?: Record<string, unknown>; document?: Record<string, unknown> } = {}
  const remembering: Step = async (input: StepInput) => {
    const result = await step(input)
    Object.assign(decoded, result.output)
    return { ...result, output: {} }
  }
  const output = await mediaExecutor(deps, context.job.kind, 'light', [remembering]).execute(context)
  const { kind, technical } = await deps.assets.technical(accountId, assetId)
  if (technical) await deps.assets.setFacts(deps.principal(accountId), assetId, { kind, technical: withDecoded(technical, decoded) })
  return output
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isInteger(value) ? value : null)
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

function withDecoded(technical: Technical, { image: still, document: text }: { image?: Record<string, unknown>; document?: Record<string, unknown> }): Technical {
  if (still) {
    const { width, height, orientation, pages, ...exif } = still
    return { ...technical, image: { width: numberOf(width), height: numberOf(height), orientation: numberOf(orientation), pages: numberOf(pages), exif } }
  }
  if (text) return { ...technical, document: { pages: numberOf(text['pages']), title: textOf(text['title']), author: textOf(text['author']) } }
  return technical
}
