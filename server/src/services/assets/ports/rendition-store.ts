import type { EventEnvelope } from '@capstan/contract/events'
import type { Asset } from '../domain/asset.ts'
import type { Rendition } from '../domain/file.ts'

/** What was made of an asset. */
export interface RenditionStore {
  /**
   * Adds a rendition and saves its asset. The same job key and name again adds nothing and answers the first; another one of the
   * same name is replaced and answered, so that its files can be removed.
   */
  attach(
    rendition: Rendition,
    asset: Asset,
    expectedRevision: number,
    events: readonly EventEnvelope[],
  ): Promise<{ rendition: Rendition; replaced: Rendition[] }>
  findRendition(accountId: number, id: string): Promise<Rendition | null>
  renditionsOf(accountId: number, assetId: string): Promise<Rendition[]>
  listRenditions(
    accountId: number,
    page: { limit: number; cursor: string | null; kind: string | null },
  ): Promise<{ items: Rendition[]; nextCursor: string | null }>
  /** Removes all renditions of an asset that is purged; answers them. */
  detachAll(accountId: number, assetId: string): Promise<Rendition[]>
}
