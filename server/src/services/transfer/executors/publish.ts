import { z } from 'zod'
import type { AssetView } from '@capstan/contract/assets'
import { isoTime } from '../../../lib/clock.ts'
import { crashAt } from '../../../lib/crash-points.ts'
import { CapstanError } from '../../../lib/errors.ts'
import type { Storage } from '../../../ports/storage.ts'
import type { AssetsApi } from '../../assets/api.ts'
import type { Principal } from '../../identity/api.ts'
import type { ExecutorDefinition, JobContext } from '../../jobs/api.ts'
import { renditionFolder, safeName } from '../domain/names.ts'
import { choose, describeAsset, MANIFEST, packageName, sumsText, type PackagedFile, type PackageManifest } from '../domain/package.ts'
import type { PackageDraft, Packages } from '../ports/packages.ts'
import type { SourceFiles } from '../ports/source-files.ts'
import { assetOf } from './asset-of.ts'

export type PublishDeps = {
  assets: AssetsApi
  storage: Storage
  sources: SourceFiles
  packages: Packages
  principal: (accountId: number) => Principal
  nowMs: () => number
}

const Input = z.object({ renditions: z.array(z.string()).nullish() })

/** The package of an asset has one place: it is made or removed by one job at a time. */
const lock: ExecutorDefinition['lock'] = ({ asset }) => asset && `published/${asset.id}`

/** Lends the path of a file on this machine until what uses it is done. */
type Lend = <T>(use: (localSource: string) => Promise<T>) => Promise<T>
type Item = { path: string; lend: Lend; sizeBytes: number; sha256: string | null }

/** `publish`: a package with chosen renditions, metadata and sums; made aside, read back, renamed. The same job again makes nothing. */
export const publishExecutor = (deps: PublishDeps): ExecutorDefinition => ({
  kind: 'publish',
  pool: 'io',
  repeat: 'idempotent',
  lock,
  execute: (context) => publish(deps, context),
})

/** `unpublish`: removes the package. */
export const unpublishExecutor = (deps: PublishDeps): ExecutorDefinition => ({
  kind: 'unpublish',
  pool: 'io',
  repeat: 'idempotent',
  lock,
  execute: (context) => unpublish(deps, context),
})

async function publish(deps: PublishDeps, context: JobContext) {
  const { job } = context
  const asset = await deps.assets.view(job.accountId, assetOf(job))
  const name = packageName(asset.name, asset.number)
  const location = deps.packages.locationOf(name)
  const known = await deps.packages.find(name)
  if (known?.jobKey !== job.key) await makePackage(deps, context, asset, name)
  // Before the asset forgets where it was: an attempt after a crash must know it too.
  const earlier = asset.publishedTo?.split('/').at(-1)
  if (earlier && earlier !== name) await deps.packages.remove(earlier)
  crashAt('before-set-published')
  await deps.assets.setPublished(deps.principal(job.accountId), asset.id, location)
  crashAt('after-set-published')
  return { package: name }
}

async function makePackage(deps: PublishDeps, context: JobContext, asset: AssetView, name: string): Promise<void> {
  const { job } = context
  const items = await itemsOf(deps, context, asset)
  const draft = await deps.packages.begin(name, job.key, job.attempt)
  try {
    const files = await addAll(draft, items, context)
    files.push(await draft.addText('metadata.json', `${JSON.stringify(describeAsset(asset), null, 2)}\n`))
    await draft.addText('SHA256SUMS', sumsText(files, 'sha256'))
    await draft.addText('MD5SUMS', sumsText(files, 'md5'))
    const manifest: PackageManifest = {
      format: 'capstan-package',
      version: 1,
      asset: { id: asset.id, number: asset.number, name: asset.name },
      jobKey: job.key,
      createdAt: isoTime(deps.nowMs()),
      files,
    }
    await draft.addText(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`)
    context.signal.throwIfAborted()
    await draft.publish()
  } catch (error) {
    await draft.discard()
    throw error
  }
  context.log('published', { name, files: items.length })
}

async function addAll(draft: PackageDraft, items: readonly Item[], { signal, progress }: JobContext): Promise<PackagedFile[]> {
  const totalBytes = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const files: PackagedFile[] = []
  let bytes = 0
  for (const { path, lend, sha256, sizeBytes } of items) {
    const file = await lend((localSource) => draft.addFile(path, localSource, signal))
    if (sha256 !== null && file.sha256 !== sha256)
      throw new CapstanError('internal', `the copy of ${path} differs from its source: the storage or the destination is damaged`)
    files.push(file)
    bytes += sizeBytes
    progress(totalBytes === 0 ? 1 : bytes / totalBytes)
  }
  return files
}

async function itemsOf(deps: PublishDeps, { job, signal }: JobContext, asset: AssetView): Promise<Item[]> {
  const { renditions, withOriginal } = choose(asset, Input.parse(job.input).renditions ?? null)
  const items: Item[] = []
  for (const rendition of renditions) {
    const folder = renditionFolder(job.accountId, asset.id, rendition.id)
    for (const file of rendition.files) {
      items.push({
        path: `${safeName(rendition.name)}/${file.path}`,
        lend: (use) => deps.storage.withLocal(`${folder}/${file.path}`, use),
        sizeBytes: file.sizeBytes,
        sha256: file.sha256,
      })
    }
  }
  if (withOriginal) items.push(await originalItem(deps, job.accountId, asset.id, signal))
  if (items.length === 0)
    throw new CapstanError('invalid', 'there is nothing to publish: the asset has none of the renditions that were asked for')
  return items
}

async function originalItem(
  { assets, storage, sources }: PublishDeps,
  accountId: number,
  assetId: string,
  signal: AbortSignal,
): Promise<Item> {
  const original = await assets.original(accountId, assetId)
  const lend: Lend = (use) => (original.kind === 'managed' ? storage.withLocal(original.path, use) : use(original.path))
  return lend(async (localSource) => {
    const source = await sources.open(Buffer.from(localSource))
    try {
      if (original.identity !== null && source.identity !== original.identity)
        throw new CapstanError('conflict', 'the original was changed since it was registered: register it anew')
      const sha256 = original.checksums.sha256 ?? (await source.checksums({ signal })).sha256 ?? null
      return { path: `original/${safeName(original.originalName)}`, lend, sizeBytes: original.sizeBytes, sha256 }
    } finally {
      await source.close()
    }
  })
}

async function unpublish({ assets, packages, principal }: PublishDeps, { job }: JobContext) {
  const asset = await assets.view(job.accountId, assetOf(job))
  const name = asset.publishedTo?.split('/').at(-1) ?? packageName(asset.name, asset.number)
  await packages.remove(name)
  crashAt('after-package-removed')
  await assets.setPublished(principal(job.accountId), asset.id, null)
  return { removed: name }
}
