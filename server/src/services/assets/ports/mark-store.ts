import type { EventEnvelope } from '@capstan/contract/events'
import type { Marker, SubClip } from '../domain/mark.ts'

/**
 * What people marked in an asset: stretches and remarks. Every change commits together with its events. A change replaces what
 * `expectedRevision` was read from and throws `stale` where that is gone; removing what is gone does nothing and commits no event.
 */
export interface MarkStore {
  addSubClip(subClip: SubClip, events: readonly EventEnvelope[]): Promise<void>
  /** In the order of their in points. */
  subClipsOf(accountId: number, assetId: string): Promise<SubClip[]>
  saveSubClip(subClip: SubClip, expectedRevision: number, events: readonly EventEnvelope[]): Promise<void>
  removeSubClip(accountId: number, id: string, events: readonly EventEnvelope[]): Promise<void>
  addMarker(marker: Marker, events: readonly EventEnvelope[]): Promise<void>
  /** In the order of their frames, those of one frame in the order they were made. */
  markersOf(accountId: number, assetId: string): Promise<Marker[]>
  saveMarker(marker: Marker, expectedRevision: number, events: readonly EventEnvelope[]): Promise<void>
  removeMarker(accountId: number, id: string, events: readonly EventEnvelope[]): Promise<void>
}
