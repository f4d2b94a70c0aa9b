import type { MarkerView } from '@capstan/contract/assets'
import { CapstanError, notFound } from '../../../lib/errors.ts'
import { newEvent } from '../../../lib/events.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import { actorOf, authorise, type Principal } from '../../identity/api.ts'
import type { Asset } from '../domain/asset.ts'
import { checkMark, checkRoom, markableLength, marksRate, timecodeAt, type Marker } from '../domain/mark.ts'
import { toMarkerView } from '../domain/view.ts'
import type { AssetRef, AssetStore } from '../ports/asset-store.ts'
import type { MarkStore } from '../ports/mark-store.ts'
import { getAsset, subjectOf } from './change-asset.ts'

type Deps = { assets: AssetStore; marks: MarkStore; nowMs: () => number }

export const addMarker =
  ({ assets, marks, nowMs }: Deps) =>
  async (by: Principal, ref: AssetRef, { index, text }: { index: number; text: string }): Promise<MarkerView> => {
    const asset = await getAsset(assets, by.accountId, ref)
    const rate = marksRate(asset)
    const length = markableLength(asset, rate)
    if (length !== null && index >= length) throw new CapstanError('invalid', `the marker lies after the end (${length} frames)`)
    checkRoom(asset, 'markers', await marks.markersOf(by.accountId, asset.id))
    const marker: Marker = {
      accountId: by.accountId,
      id: uuidv7(nowMs()),
      assetId: asset.id,
      index,
      rate,
      text,
      authorId: by.id,
      createdBy: by.name,
      createdAtMs: nowMs(),
      revision: 1,
    }
    await marks.addMarker(marker, [markerEvent('marker.created', by, asset, marker, nowMs())])
    return viewOf(asset, marker)
  }

export const listMarkers =
  ({ assets, marks }: Pick<Deps, 'assets' | 'marks'>) =>
  async (by: Principal, ref: AssetRef): Promise<MarkerView[]> => {
    const asset = await getAsset(assets, by.accountId, ref)
    return (await marks.markersOf(by.accountId, asset.id)).map((marker) => viewOf(asset, marker))
  }

/** One's own, or with the right to edit anybody's. */
export const changeMarker =
  ({ assets, marks, nowMs }: Deps) =>
  async (by: Principal, ref: AssetRef, markerId: string, text: string, expectedRevision: number | null): Promise<MarkerView> => {
    const asset = await getAsset(assets, by.accountId, ref)
    const marker = (await marks.markersOf(by.accountId, asset.id)).find(({ id }) => id === markerId)
    if (!marker) throw notFound('marker', markerId)
    if (marker.authorId !== by.id) authorise(by, 'edit')
    checkMark(marker, expectedRevision)
    const changed = { ...marker, text, revision: marker.revision + 1 }
    await marks.saveMarker(changed, marker.revision, [markerEvent('marker.changed', by, asset, changed, nowMs(), { text: marker.text })])
    return viewOf(asset, changed)
  }

/** One's own, or with the right to edit anybody's. */
export const removeMarker =
  ({ assets, marks, nowMs }: Deps) =>
  async (by: Principal, ref: AssetRef, markerId: string): Promise<void> => {
    const asset = await getAsset(assets, by.accountId, ref)
    const marker = (await marks.markersOf(by.accountId, asset.id)).find(({ id }) => id === markerId)
    if (!marker) return
    if (marker.authorId !== by.id) authorise(by, 'edit')
    await marks.removeMarker(by.accountId, markerId, [markerEvent('marker.removed', by, asset, marker, nowMs())])
  }

const markerEvent = (
  name: string,
  by: Principal,
  asset: Asset,
  marker: Marker,
  nowMs: number,
  before: Record<string, unknown> | null = null,
) =>
  newEvent(name, nowMs, {
    accountId: by.accountId,
    actor: actorOf(by),
    subject: { kind: 'marker', id: marker.id, number: null, name: timecodeAt(asset, marker.index) },
    before,
    after: { index: marker.index, text: marker.text, asset: subjectOf(asset) },
    requestId: by.requestId,
    assetId: asset.id,
  })

const viewOf = (asset: Asset, marker: Marker): MarkerView => toMarkerView(marker, timecodeAt(asset, marker.index))
