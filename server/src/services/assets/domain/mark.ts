import { framesIn } from '@capstan/contract/rational'
import { labelAt } from '@capstan/contract/timecode'
import { CapstanError } from '../../../lib/errors.ts'
import type { Asset } from './asset.ts'

export type SubClip = Readonly<{
  accountId: number
  id: string
  assetId: string
  name: string
  /** Frame or sample indexes; out is exclusive. */
  inIndex: number
  outIndex: number
  rate: Rate
  createdBy: string
  createdAtMs: number
  revision: number
}>

/** A remark at one frame (or sample). */
export type Marker = Readonly<{
  accountId: number
  id: string
  assetId: string
  index: number
  rate: Rate
  text: string
  authorId: string
  createdBy: string
  createdAtMs: number
  revision: number
}>

type Rate = Readonly<{ num: number; den: number }>

/** The rate that marks of an asset count in: frames of the picture, or samples of the sound. */
export function marksRate({ technical, number }: Asset): Rate {
  const video = technical?.video.find((stream) => !stream.attachedPicture)
  if (video?.rate) return video.rate
  const audio = technical?.audio[0]
  if (!video && audio) return { num: audio.sampleRate, den: 1 }
  throw new CapstanError('unsupported', `asset ${number} has no frames to mark`)
}

/** Of each kind in an asset; a list shows them all. */
const MARKS_MAX = 1_000

/** Throws `conflict` where there is no room for one more of the kind. */
export function checkRoom({ number }: Asset, kind: 'markers' | 'sub-clips', marks: readonly (SubClip | Marker)[]): void {
  if (marks.length < MARKS_MAX) return
  throw new CapstanError('conflict', `asset ${number} has ${MARKS_MAX} ${kind}, which is the most: remove some first`)
}

/** Throws `stale` where somebody read another revision than there is; null takes any. */
export function checkMark({ revision }: SubClip | Marker, expected: number | null): void {
  if (expected === null || expected === revision) return
  throw new CapstanError(
    'stale',
    `this was changed meanwhile (revision ${revision}, not ${expected}): read it again and repeat the change`,
    {
      details: { revision },
    },
  )
}

/** How many frames (or samples) can be marked, with one to spare for durations that were rounded; null where the duration is not known. */
export function markableLength({ technical }: Asset, rate: Rate): number | null {
  const durationUs = technical?.format.durationUs ?? null
  return durationUs === null ? null : framesIn(durationUs, rate) + 1
}

/** The timecode at an index; null where the asset has none. */
export function timecodeAt({ technical }: Asset, index: number): string | null {
  const start = technical?.format.startTimecode
  return start ? labelAt(index, start.label, start) : null
}
