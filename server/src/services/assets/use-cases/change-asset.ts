import type { EventEnvelope } from '@capstan/contract/events'
import { CapstanError, notFound } from '../../../lib/errors.ts'
import { newEvent } from '../../../lib/events.ts'
import { actorOf, type Principal } from '../../identity/api.ts'
import { checkRevision, type Asset } from '../domain/asset.ts'
import type { AssetRef, AssetStore } from '../ports/asset-store.ts'

const TRIES_MAX = 20

export type Change = {
  /** Pure; answering the same asset means that nothing is to change. */
  decide: (asset: Asset) => Asset
  event: string
  /** What of the asset the event shows, before and after. */
  show: (asset: Asset) => Record<string, unknown>
  /** Named by a person's If-Match; null for changes that any newer revision takes. */
  expectedRevision?: number | null
}

/** Load, decide, save. A machine's change is decided anew when somebody else was faster; a person's is refused as stale. */
export const changeAsset =
  ({ assets, nowMs }: { assets: AssetStore; nowMs: () => number }) =>
  async (by: Principal, ref: AssetRef, { decide, event, show, expectedRevision = null }: Change): Promise<Asset> => {
    for (let tries = 1; ; tries++) {
      const asset = await getAsset(assets, by.accountId, ref)
      checkRevision(asset, expectedRevision)
      const changed = decide(asset)
      if (changed === asset) return asset
      try {
        await assets.save(changed, asset.revision, [assetEvent(event, by, asset, changed, nowMs(), show)])
        return changed
      } catch (error) {
        const isRace = error instanceof CapstanError && error.code === 'stale' && expectedRevision === null
        if (!isRace || tries === TRIES_MAX) throw error
      }
    }
  }

export async function getAsset(assets: AssetStore, accountId: number, ref: AssetRef): Promise<Asset> {
  const asset = await assets.find(accountId, ref)
  if (!asset) throw notFound('asset', ref)
  return asset
}

export const subjectOf = (asset: Asset) => ({ kind: 'asset', id: asset.id, number: asset.number, name: asset.name })

export const assetEvent = (
  name: string,
  by: Principal,
  before: Asset | null,
  after: Asset,
  nowMs: number,
  show: Change['show'],
): EventEnvelope =>
  newEvent(name, nowMs, {
    accountId: after.accountId,
    actor: actorOf(by),
    subject: subjectOf(after),
    before: before && show(before),
    after: show(after),
    requestId: by.requestId,
    assetId: after.id,
  })
