import type { AssetView, RenditionView } from '@capstan/contract/assets'
import { safeName } from './names.ts'

export type PackagedFile = Readonly<{ path: string; sizeBytes: number; sha256: string; md5: string }>

export type PackageManifest = Readonly<{
  format: 'capstan-package'
  version: 1
  asset: Readonly<{ id: string; number: number; name: string }>
  /** The job that made it: the same job again makes nothing. */
  jobKey: string
  createdAt: string
  files: readonly PackagedFile[]
}>

export const MANIFEST = 'manifest.json'

/** Readable and never taken by another asset: `Film-48213`. */
export const packageName = (name: string, number: number): string => `${safeName(name)}-${number}`

const DEFAULT_KINDS: readonly string[] = ['proxy', 'hls', 'poster', 'image', 'text']

export type PackageChoice = Readonly<{ renditions: readonly RenditionView[]; withOriginal: boolean }>

/** What goes into a package: what was asked for, otherwise what people play and read; an asset without any of it goes as its original. */
export function choose(asset: AssetView, wanted: readonly string[] | null): PackageChoice {
  const kinds = wanted ?? DEFAULT_KINDS
  const renditions = asset.renditions.filter(({ kind }) => kinds.includes(kind))
  return { renditions, withOriginal: kinds.includes('original') || (wanted === null && renditions.length === 0) }
}

/** What the package says of its asset; nothing of the platform's inside. */
export const describeAsset = (asset: AssetView): Record<string, unknown> => ({
  id: asset.id,
  number: asset.number,
  name: asset.name,
  description: asset.description,
  kind: asset.kind,
  tags: asset.tags,
  originalName: asset.originalName,
  technical: asset.technical,
  createdBy: asset.createdBy,
  createdAt: asset.createdAt,
  updatedAt: asset.updatedAt,
})

/** Lines that `sha256sum -c` and `md5sum -c` read; names with a backslash or a line end are escaped as those tools do. */
export const sumsText = (files: readonly PackagedFile[], algorithm: 'sha256' | 'md5'): string =>
  files
    .map((file) => {
      const escaped = file.path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
      return `${escaped === file.path ? '' : '\\'}${file[algorithm]}  ${escaped}\n`
    })
    .join('')
