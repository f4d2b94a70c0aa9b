import type { AssetKind } from '@capstan/contract/assets'
import type { Technical } from '@capstan/contract/technical'
import { crashAt } from '../../lib/crash-points.ts'
import { CapstanError } from '../../lib/errors.ts'
import { warningsOf, type ExecutorDefinition, type JobContext, type JobOutput } from '../jobs/api.ts'
import { assetOf, attach, mediaExecutor, stepInput, type MediaExecutorDeps } from './executors.ts'
import type { MediaTools } from './ports/media-tools.ts'
import { captions } from './steps/captions.ts'
import { document } from './steps/document.ts'
import { hls, type CaptionTrack } from './steps/hls.ts'
import { image } from './steps/image.ts'
import { pictures } from './steps/pictures.ts'
import { probe } from './steps/probe.ts'
import { proxy } from './steps/proxy.ts'
import type { MadeRendition, Step, StepInput, StepResult } from './steps/step.ts'
import { waveform } from './steps/waveform.ts'

export type MediaDeps = MediaExecutorDeps & { tools: MediaTools }

/** Every kind of job that changes or looks into essence. A new one is a step and a line here. */
export function mediaExecutors({ tools, ...deps }: MediaDeps): ExecutorDefinition[] {
  return [
    { kind: 'probe', pool: 'light', repeat: 'idempotent', execute: (context) => runProbe(deps, probe(tools), context) },
    {
      kind: 'proxy',
      pool: 'encode',
      repeat: 'idempotent',
      execute: (context) =>
        runProxy(deps, { encode: proxy(tools), caption: captions(tools), repackage: (tracks) => hls(tools, tracks) }, context),
    },
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

const ENCODE_SHARE = 0.95

type ProxySteps = { encode: Step; caption: Step; repackage: (captions: readonly CaptionTrack[]) => Step }

/** The proxy can be played as soon as it is made; captions and HLS stand beside it, and after a crash it is not encoded again. */
async function runProxy(deps: MediaExecutorDeps, { encode, caption, repackage }: ProxySteps, context: JobContext): Promise<JobOutput> {
  const { job } = context
  const assetId = assetOf(job)
  const by = deps.principal(job.accountId)
  const input = await stepInput(deps, context, assetId)
  const encoded = await encodeOnce(deps, encode, context, input)
  const warnings = [...encoded.warnings]
  if (encoded.mainFile === null) return { renditions: [], ...(warnings.length > 0 ? { warnings } : {}) }
  const captioned = await caption(input)
  const tracks: CaptionTrack[] = []
  for (const rendition of captioned.renditions) {
    const { mainFile } = await attach(deps, by, context, assetId, input.outDir, rendition)
    tracks.push(trackOf(rendition, deps.localPath(mainFile)))
  }
  warnings.push(...captioned.warnings)
  const source = { ...input.source, path: deps.localPath(encoded.mainFile) }
  const packaged = await repackage(tracks)({
    ...input,
    source,
    progress: (fraction) => context.progress(ENCODE_SHARE + fraction * (1 - ENCODE_SHARE)),
  })
  for (const rendition of packaged.renditions) await attach(deps, by, context, assetId, input.outDir, rendition)
  warnings.push(...packaged.warnings)
  const names = [...captioned.renditions, ...packaged.renditions].map(({ name }) => name)
  return { renditions: ['proxy', ...names], ...(warnings.length > 0 ? { warnings } : {}) }
}

/** What the encoder warned of stays with the proxy, so that an attempt after a crash tells it too. */
async function encodeOnce(
  deps: MediaExecutorDeps,
  encode: Step,
  context: JobContext,
  input: StepInput,
): Promise<{ mainFile: string | null; warnings: readonly string[] }> {
  const { job } = context
  const known = await deps.assets.madeRendition(job.accountId, job.key, 'proxy')
  if (known) return { mainFile: known.mainFile, warnings: warningsOf(known.facts) }
  const { renditions, warnings } = await encode({ ...input, progress: (fraction) => context.progress(fraction * ENCODE_SHARE) })
  let mainFile: string | null = null
  for (const rendition of renditions) {
    const facts = warnings.length > 0 ? { ...rendition.facts, warnings } : rendition.facts
    const attached = await attach(deps, deps.principal(job.accountId), context, assetOf(job), input.outDir, { ...rendition, facts })
    if (rendition.name === 'proxy') mainFile = attached.mainFile
  }
  crashAt('after-proxy')
  return { mainFile, warnings }
}

const trackOf = ({ name, facts }: MadeRendition, path: string): CaptionTrack => ({
  path,
  name: textOf(facts['label']) ?? name,
  language: textOf(facts['language']),
  forced: facts['forced'] === true,
})

/** Stills and documents are decoded once: what the decoder learnt joins the technical facts. */
async function runStill(deps: MediaExecutorDeps, step: Step, context: JobContext): Promise<JobOutput> {
  const assetId = assetOf(context.job)
  const { accountId } = context.job
  const decoded: { image?: Record<string, unknown>; document?: Record<string, unknown> } = {}
  const remembering: Step = async (input: StepInput) => {
    const result = await step(input).catch(withoutPictures)
    Object.assign(decoded, result.output)
    return { ...result, output: {} }
  }
  const output = await mediaExecutor(deps, context.job.kind, 'light', [remembering]).execute(context)
  const { kind, technical } = await deps.assets.technical(accountId, assetId)
  if (technical) await deps.assets.setFacts(deps.principal(accountId), assetId, { kind, technical: withDecoded(technical, decoded) })
  return output
}

/** What is whole but beyond us lacks its renditions; what is damaged beyond reading fails. */
function withoutPictures(error: unknown): StepResult {
  if (error instanceof CapstanError && (error.code === 'unsupported' || error.code === 'too_large'))
    return { renditions: [], warnings: [error.message] }
  throw error
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isInteger(value) ? value : null)
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

function withDecoded(
  technical: Technical,
  { image: still, document: text }: { image?: Record<string, unknown>; document?: Record<string, unknown> },
): Technical {
  if (still) {
    const { width, height, orientation, pages, ...exif } = still
    return {
      ...technical,
      image: { width: numberOf(width), height: numberOf(height), orientation: numberOf(orientation), pages: numberOf(pages), exif },
    }
  }
  if (text)
    return { ...technical, document: { pages: numberOf(text['pages']), title: textOf(text['title']), author: textOf(text['author']) } }
  return technical
}
