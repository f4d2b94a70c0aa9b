import type { SubClipView } from '@capstan/contract/assets'
import { labelAt } from '@capstan/contract/timecode'
import { CapstanError, notFound } from '../../../lib/errors.ts'
import { newEvent } from '../../../lib/events.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import { actorOf, type Principal } from '../../identity/api.ts'
import type { Asset } from '../domain/asset.ts'
import type { SubClip } from '../domain/file.ts'
import { toSubClipView } from '../domain/view.ts'
import type { AssetRef, AssetStore } from '../ports/asset-store.ts'
import type { RenditionStore } from '../ports/rendition-store.ts'
import { getAsset, subjectOf } from './change-asset.ts'

type Deps = { assets: AssetStore; renditions: RenditionStore; nowMs: () => number }
type Marks = { name: string; inIndex: number; outIndex: number }

/** The rate that marks of an asset count in: frames of the picture, or samples of the sound. */
export function marksRate(asset: Asset): { num: number; den: number } {
  const video = asset.technical?.video.find((stream) => !stream.attachedPicture)
  if (video?.rate) return video.rate
  const audio = asset.technical?.audio[0]
  if (!video && audio) return { num: audio.sampleRate, den: 1 }
  throw new CapstanError('unsupported', `asset ${asset.number} has no frames to mark`)
}

export const addSubClip =
  ({ assets, renditions, nowMs }: Deps) =>
  async (by: Principal, ref: AssetRef, { name, inIndex, outIndex }: Marks): Promise<SubClipView> => {
    const asset = await getAsset(assets, by.accountId, ref)
    const rate = marksRate(asset)
    if (outIndex <= inIndex) throw new CapstanError('invalid', 'mark out must be after mark in')
    const durationUs = asset.technical?.format.durationUs ?? null
    const lastIndex = durationUs === null ? null : Math.ceil((durationUs / 1e6) * (rate.num / rate.den)) + 1
    if (lastIndex !== null && outIndex > lastIndex) throw new CapstanError('invalid', `mark out lies after the end (${lastIndex} frames)`)
    const clip: SubClip = {
      accountId: by.accountId,
      id: uuidv7(nowMs()),
      assetId: asset.id,
      name,
      inIndex,
      outIndex,
      rate,
      createdBy: by.name,
      createdAtMs: nowMs(),
    }
    await renditions.addSubClip(clip, [subClipEvent('sub_clip.created', by, asset, clip, nowMs())])
    return toSubClipView(clip, timecodesOf(asset, clip))
  }

export const listSubClips =
  ({ assets, renditions }: Pick<Deps, 'assets' | 'renditions'>) =>
  async (by: Principal, ref: AssetRef): Promise<SubClipView[]> => {
    const asset = await getAsset(assets, by.accountId, ref)
    const clips = await renditions.subClipsOf(by.accountId, asset.id)
    return clips.map((clip) => toSubClipView(clip, timecodesOf(asset, clip)))
  }

export const getSubClip =
  ({ assets, renditions }: Pick<Deps, 'assets' | 'renditions'>) =>
  async (by: Principal, ref: AssetRef, subClipId: string): Promise<SubClip> => {
    const asset = await getAsset(assets, by.accountId, ref)
    const clip = (await renditions.subClipsOf(by.accountId, asset.id)).find(({ id }) => id === subClipId)
    if (!clip) throw notFound('sub-clip', subClipId)
    return clip
  }

export const removeSubClip =
  ({ assets, renditions, nowMs }: Deps) =>
  async (by: Principal, ref: AssetRef, subClipId: string): Promise<void> => {
    const asset = await getAsset(assets, by.accountId, ref)
    const clip = (await renditions.subClipsOf(by.accountId, asset.id)).find(({ id }) => id === subClipId)
    if (!clip) return
    await renditions.removeSubClip(by.accountId, subClipId, [subClipEvent('sub_clip.removed', by, asset, clip, nowMs())])
  }

const subClipEvent = (name: string, by: Principal, asset: Asset, clip: SubClip, nowMs: number) =>
  newEvent(name, nowMs, {
    accountId: by.accountId,
    actor: actorOf(by),
    subject: { kind: 'sub_clip', id: clip.id, number: null, name: clip.name },
    after: { inIndex: clip.inIndex, outIndex: clip.outIndex, asset: subjectOf(asset) },
    requestId: by.requestId,
    assetId: asset.id,
  })

/** Labels of the marks; the out point shows the last frame that is seen. */
function timecodesOf({ technical }: Asset, { inIndex, outIndex }: SubClip): { in: string | null; out: string | null } {
  const start = technical?.format.startTimecode
  if (!start) return { in: null, out: null }
  return { in: labelAt(inIndex, start.label, start), out: labelAt(outIndex - 1, start.label, start) }
}
