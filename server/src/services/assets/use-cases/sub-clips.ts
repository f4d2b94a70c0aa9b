import type { SubClipView } from '@capstan/contract/assets'
import { CapstanError, notFound } from '../../../lib/errors.ts'
import { newEvent } from '../../../lib/events.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import { actorOf, type Principal } from '../../identity/api.ts'
import type { Asset } from '../domain/asset.ts'
import { checkMark, checkRoom, markableLength, marksRate, timecodeAt, type SubClip } from '../domain/mark.ts'
import { toSubClipView } from '../domain/view.ts'
import type { AssetRef, AssetStore } from '../ports/asset-store.ts'
import type { MarkStore } from '../ports/mark-store.ts'
import { getAsset, subjectOf } from './change-asset.ts'

type Deps = { assets: AssetStore; marks: MarkStore; nowMs: () => number }
type Stretch = { name: string; inIndex: number; outIndex: number }

export const addSubClip =
  ({ assets, marks, nowMs }: Deps) =>
  async (by: Principal, ref: AssetRef, { name, inIndex, outIndex }: Stretch): Promise<SubClipView> => {
    const asset = await getAsset(assets, by.accountId, ref)
    const rate = marksRate(asset)
    const length = markableLength(asset, rate)
    if (outIndex <= inIndex) throw new CapstanError('invalid', 'mark out must be after mark in')
    if (length !== null && outIndex > length) throw new CapstanError('invalid', `mark out lies after the end (${length} frames)`)
    checkRoom(asset, 'sub-clips', await marks.subClipsOf(by.accountId, asset.id))
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
      revision: 1,
    }
    await marks.addSubClip(clip, [subClipEvent('sub_clip.created', by, asset, clip, nowMs())])
    return viewOf(asset, clip)
  }

export const listSubClips =
  ({ assets, marks }: Pick<Deps, 'assets' | 'marks'>) =>
  async (by: Principal, ref: AssetRef): Promise<SubClipView[]> => {
    const asset = await getAsset(assets, by.accountId, ref)
    return (await marks.subClipsOf(by.accountId, asset.id)).map((clip) => viewOf(asset, clip))
  }

export const getSubClip =
  ({ assets, marks }: Pick<Deps, 'assets' | 'marks'>) =>
  async (by: Principal, ref: AssetRef, subClipId: string): Promise<SubClip> =>
    (await find(assets, marks, by, ref, subClipId)).clip

export const renameSubClip =
  ({ assets, marks, nowMs }: Deps) =>
  async (by: Principal, ref: AssetRef, subClipId: string, name: string, expectedRevision: number | null): Promise<SubClipView> => {
    const { asset, clip } = await find(assets, marks, by, ref, subClipId)
    checkMark(clip, expectedRevision)
    const renamed = { ...clip, name, revision: clip.revision + 1 }
    const event = subClipEvent('sub_clip.changed', by, asset, renamed, nowMs(), { name: clip.name })
    await marks.saveSubClip(renamed, clip.revision, [event])
    return viewOf(asset, renamed)
  }

export const removeSubClip =
  ({ assets, marks, nowMs }: Deps) =>
  async (by: Principal, ref: AssetRef, subClipId: string): Promise<void> => {
    const asset = await getAsset(assets, by.accountId, ref)
    const clip = (await marks.subClipsOf(by.accountId, asset.id)).find(({ id }) => id === subClipId)
    if (clip) await marks.removeSubClip(by.accountId, subClipId, [subClipEvent('sub_clip.removed', by, asset, clip, nowMs())])
  }

async function find(
  assets: AssetStore,
  marks: MarkStore,
  by: Principal,
  ref: AssetRef,
  id: string,
): Promise<{ asset: Asset; clip: SubClip }> {
  const asset = await getAsset(assets, by.accountId, ref)
  const clip = (await marks.subClipsOf(by.accountId, asset.id)).find((candidate) => candidate.id === id)
  if (!clip) throw notFound('sub-clip', id)
  return { asset, clip }
}

const subClipEvent = (
  name: string,
  by: Principal,
  asset: Asset,
  clip: SubClip,
  nowMs: number,
  before: Record<string, unknown> | null = null,
) =>
  newEvent(name, nowMs, {
    accountId: by.accountId,
    actor: actorOf(by),
    subject: { kind: 'sub_clip', id: clip.id, number: null, name: clip.name },
    before,
    after: { name: clip.name, inIndex: clip.inIndex, outIndex: clip.outIndex, asset: subjectOf(asset) },
    requestId: by.requestId,
    assetId: asset.id,
  })

/** The label of the out point is that of the last frame that is seen. */
const viewOf = (asset: Asset, clip: SubClip): SubClipView =>
  toSubClipView(clip, { in: timecodeAt(asset, clip.inIndex), out: timecodeAt(asset, clip.outIndex - 1) })
