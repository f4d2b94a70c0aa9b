import type { UploadView } from '@capstan/contract/resources'
import { CapstanError } from '../../../lib/errors.ts'
import type { AssetsApi } from '../../assets/api.ts'
import type { Principal } from '../../identity/api.ts'
import { toUploadView, type Arrival } from '../domain/arrival.ts'
import type { TransferStore } from '../ports/transfer-store.ts'
import type { LiveUploads } from './live-uploads.ts'

export type ListUploadsDeps = { store: TransferStore; live: Pick<LiveUploads, 'liveBytes' | 'isSending'>; assets: Pick<AssetsApi, 'view'> }
type UploadsPage = Readonly<{ limit: number; cursor: string | null; fingerprint: string | null }>

/**
 * This person's unfinished uploads. With a fingerprint: all of that file that are unfinished, or became an asset that is still there; one in the bin is
 * not. What arrived longer ago than arrivals are kept is no longer known.
 */
export const listUploads =
  ({ store, live, assets }: ListUploadsDeps) =>
  async (by: Principal, { limit, cursor, fingerprint }: UploadsPage): Promise<{ items: UploadView[]; nextCursor: string | null }> => {
    const states = fingerprint === null ? (['receiving'] as const) : (['receiving', 'taking', 'taken'] as const)
    const { items, nextCursor } = await store.list(by.accountId, { limit, cursor, states, source: 'upload', byId: by.id, fingerprint })
    const isShown = await Promise.all(items.map(async (arrival) => arrival.state !== 'taken' || (await isThere(assets, arrival))))
    return {
      items: items
        .filter((_, index) => isShown[index])
        .map((arrival) =>
          toUploadView({ ...arrival, receivedBytes: live.liveBytes(arrival.id) ?? arrival.receivedBytes }, live.isSending(arrival.id)),
        ),
      nextCursor,
    }
  }

async function isThere(assets: ListUploadsDeps['assets'], { accountId, assetId }: Arrival): Promise<boolean> {
  try {
    const { flags } = await assets.view(accountId, assetId)
    return !flags.includes('deleted') && !flags.includes('purged')
  } catch (error) {
    if (error instanceof CapstanError && error.code === 'not_found') return false
    throw error
  }
}
