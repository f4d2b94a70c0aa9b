import type { AssetChange, AssetFlag, AssetKind, AssetSummary } from '@capstan/contract/assets'
import type { Technical } from '@capstan/contract/technical'
import { CapstanError } from '../../../lib/errors.ts'

export type AssetWork = NonNullable<AssetSummary['work']>

export type Asset = Readonly<{
  accountId: number
  number: number
  id: string
  /** Makes registering idempotent: the upload, the folder's file or the request that brought it. */
  key: string
  name: string
  description: string
  kind: AssetKind
  flags: readonly AssetFlag[]
  tags: readonly string[]
  originalName: string
  technical: Technical | null
  sizeBytes: number | null
  warnings: readonly string[]
  posterId: string | null
  thumbnailsId: string | null
  publishedTo: string | null
  work: AssetWork | null
  createdBy: string
  revision: number
  createdAtMs: number
  updatedAtMs: number
}>

const NAME_LENGTH_MAX = 500
const WARNINGS_MAX = 50

export type Placeholder = Pick<Asset, 'accountId' | 'number' | 'id' | 'key' | 'name' | 'originalName' | 'createdBy'> & { nowMs: number }

/** An asset as it is first known: findable, its essence not looked at yet. */
export const newAsset = ({ nowMs, ...known }: Placeholder): Asset => ({
  ...known,
  name: [...known.name].slice(0, NAME_LENGTH_MAX).join(''),
  description: '',
  kind: 'unknown',
  flags: [],
  tags: [],
  technical: null,
  sizeBytes: null,
  warnings: [],
  posterId: null,
  thumbnailsId: null,
  publishedTo: null,
  work: null,
  revision: 1,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
})

/** A file name is data of strangers: control characters are shown, never obeyed. */
export const displayName = (originalName: string): string => {
  const base = originalName.replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD').trim()
  return base === '' ? 'unnamed' : base
}

const touched = (asset: Asset, nowMs: number, change: Partial<Asset>): Asset => ({
  ...asset,
  ...change,
  revision: asset.revision + 1,
  updatedAtMs: nowMs,
})

const withFlag = (asset: Asset, flag: AssetFlag): readonly AssetFlag[] => [...asset.flags.filter((held) => held !== flag), flag]
const withoutFlag = (asset: Asset, flag: AssetFlag): readonly AssetFlag[] => asset.flags.filter((held) => held !== flag)

export const describe = (asset: Asset, change: AssetChange, nowMs: number): Asset =>
  touched(asset, nowMs, {
    ...(change.name === undefined ? {} : { name: displayName(change.name.normalize('NFC')) }),
    ...(change.description === undefined ? {} : { description: change.description }),
    ...(change.tags === undefined ? {} : { tags: [...new Set(change.tags.map((tag) => tag.normalize('NFC').trim()).filter(Boolean))] }),
  })

export function toBin(asset: Asset, nowMs: number): Asset {
  if (asset.flags.includes('locked'))
    throw new CapstanError('conflict', `asset ${asset.number} is locked: unlock it before it can be deleted`)
  if (asset.flags.includes('deleted')) return asset
  return touched(asset, nowMs, { flags: withFlag(asset, 'deleted') })
}

export function outOfBin(asset: Asset, nowMs: number): Asset {
  if (asset.flags.includes('purged'))
    throw new CapstanError('conflict', `the files of asset ${asset.number} were purged: only its record is left`)
  if (!asset.flags.includes('deleted')) return asset
  return touched(asset, nowMs, { flags: withoutFlag(asset, 'deleted') })
}

export function purge(asset: Asset, nowMs: number): Asset {
  if (!asset.flags.includes('deleted')) throw new CapstanError('conflict', `asset ${asset.number} is not in the bin: delete it first`)
  return touched(asset, nowMs, {
    flags: [...withoutFlag(asset, 'online').filter((flag) => flag !== 'purged'), 'purged'],
    posterId: null,
    thumbnailsId: null,
  })
}

export const probed = (asset: Asset, facts: { kind: AssetKind; technical: Technical | null }, nowMs: number): Asset =>
  touched(asset, nowMs, facts)

export const published = (asset: Asset, location: string | null, nowMs: number): Asset =>
  touched(asset, nowMs, {
    publishedTo: location,
    flags: location === null ? withoutFlag(asset, 'published') : withFlag(asset, 'published'),
  })

/** A run that ended leaves its warnings; an older run never overwrites a newer one. Run ids sort by time. */
export function worked(asset: Asset, work: AssetWork, warnings: readonly string[], nowMs: number): Asset {
  if (asset.work && asset.work.runId > work.runId) return asset
  if (JSON.stringify([asset.work, asset.warnings]) === JSON.stringify([work, warnings.slice(0, WARNINGS_MAX)])) return asset
  const ended = work.status !== 'running' && work.status !== 'paused'
  return touched(asset, nowMs, {
    work,
    ...(ended
      ? { warnings: warnings.slice(0, WARNINGS_MAX), flags: work.status === 'completed' ? withFlag(asset, 'online') : asset.flags }
      : {}),
  })
}

export const checkRevision = (asset: Asset, expected: number | null): void => {
  if (expected === null || expected === asset.revision) return
  throw new CapstanError(
    'stale',
    `asset ${asset.number} was changed meanwhile (revision ${asset.revision}, not ${expected}): read it again and repeat the change`,
    {
      details: { revision: asset.revision },
    },
  )
}
