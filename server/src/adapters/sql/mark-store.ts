import type { EventEnvelope } from '@capstan/contract/events'
import { CapstanError } from '../../lib/errors.ts'
import type { Marker, SubClip } from '../../services/assets/domain/mark.ts'
import type { MarkStore } from '../../services/assets/ports/mark-store.ts'
import { all, insert, run, statement, update, type SqlDatabase, type Statement } from './database.ts'
import { appendEvents } from './outbox.ts'

type MarkRow = {
  id: string
  account_id: number
  asset_id: string
  rate_num: number
  rate_den: number
  created_by: string
  created_at_ms: number
  revision: number
}
type SubClipRow = MarkRow & { name: string; in_index: number; out_index: number }
type MarkerRow = MarkRow & { frame_index: number; text: string; author_id: string }

export class SqlMarkStore implements MarkStore {
  readonly #database: SqlDatabase

  constructor(database: SqlDatabase) {
    this.#database = database
  }

  addSubClip(subClip: SubClip, events: readonly EventEnvelope[]): Promise<void> {
    return this.#write(insert('assets_sub_clip', toSubClipRow(subClip)), events)
  }

  async subClipsOf(accountId: number, assetId: string): Promise<SubClip[]> {
    const sql = 'select * from assets_sub_clip where account_id = ? and asset_id = ? order by in_index, id limit 1000'
    return (await this.#database.read(() => all<SubClipRow>(statement(sql, [accountId, assetId])))).map(toSubClip)
  }

  async saveSubClip(subClip: SubClip, expectedRevision: number, events: readonly EventEnvelope[]): Promise<void> {
    await this.#write(
      update('assets_sub_clip', toSubClipRow(subClip), revisionOf(subClip, expectedRevision)),
      events,
      `the sub-clip "${subClip.name}"`,
    )
  }

  removeSubClip(accountId: number, id: string, events: readonly EventEnvelope[]): Promise<void> {
    return this.#write(statement('delete from assets_sub_clip where account_id = ? and id = ?', [accountId, id]), events)
  }

  addMarker(marker: Marker, events: readonly EventEnvelope[]): Promise<void> {
    return this.#write(insert('assets_marker', toMarkerRow(marker)), events)
  }

  async markersOf(accountId: number, assetId: string): Promise<Marker[]> {
    const sql = 'select * from assets_marker where account_id = ? and asset_id = ? order by frame_index, id limit 1000'
    return (await this.#database.read(() => all<MarkerRow>(statement(sql, [accountId, assetId])))).map(toMarker)
  }

  async saveMarker(marker: Marker, expectedRevision: number, events: readonly EventEnvelope[]): Promise<void> {
    await this.#write(update('assets_marker', toMarkerRow(marker), revisionOf(marker, expectedRevision)), events, 'the marker')
  }

  removeMarker(accountId: number, id: string, events: readonly EventEnvelope[]): Promise<void> {
    return this.#write(statement('delete from assets_marker where account_id = ? and id = ?', [accountId, id]), events)
  }

  /** What touches no row commits no event; where `what` is named, it throws `stale`. */
  async #write(change: Statement, events: readonly EventEnvelope[], what?: string): Promise<void> {
    const database = this.#database
    await database.write(function* () {
      const rows = yield* run(change)
      if (rows > 0) yield* appendEvents(database, 'assets', events)
      else if (what) throw new CapstanError('stale', `${what} was changed or removed meanwhile: read it again and repeat the change`)
    })
  }
}

const revisionOf = ({ accountId, id }: SubClip | Marker, revision: number) => ({ account_id: accountId, id, revision })

const toMarkRow = (mark: SubClip | Marker): MarkRow => ({
  id: mark.id,
  account_id: mark.accountId,
  asset_id: mark.assetId,
  rate_num: mark.rate.num,
  rate_den: mark.rate.den,
  created_by: mark.createdBy,
  created_at_ms: mark.createdAtMs,
  revision: mark.revision,
})

const ofMarkRow = (row: MarkRow) => ({
  accountId: Number(row.account_id),
  id: row.id,
  assetId: row.asset_id,
  rate: { num: Number(row.rate_num), den: Number(row.rate_den) },
  createdBy: row.created_by,
  createdAtMs: Number(row.created_at_ms),
  revision: Number(row.revision),
})

const toSubClipRow = (clip: SubClip): SubClipRow => ({
  ...toMarkRow(clip),
  name: clip.name,
  in_index: clip.inIndex,
  out_index: clip.outIndex,
})

const toSubClip = (row: SubClipRow): SubClip => ({
  ...ofMarkRow(row),
  name: row.name,
  inIndex: Number(row.in_index),
  outIndex: Number(row.out_index),
})

const toMarkerRow = (marker: Marker): MarkerRow => ({
  ...toMarkRow(marker),
  frame_index: marker.index,
  text: marker.text,
  author_id: marker.authorId,
})

const toMarker = (row: MarkerRow): Marker => ({
  ...ofMarkRow(row),
  index: Number(row.frame_index),
  text: row.text,
  authorId: row.author_id,
})
