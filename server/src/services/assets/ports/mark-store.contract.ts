import { describe, expect, it } from 'vitest'
import { newEvent } from '../../../lib/events.ts'
import { uuidv7 } from '../../../lib/ids.ts'
import type { Marker, SubClip } from '../domain/mark.ts'
import type { MarkStore } from './mark-store.ts'

const NOW = Date.UTC(2026, 0, 1)
const ASSET = uuidv7(NOW)

let made = 0
const common = () => ({
  accountId: 1,
  id: uuidv7(NOW + made++),
  assetId: ASSET,
  rate: { num: 30000, den: 1001 },
  createdAtMs: NOW,
  revision: 1,
})

const clipFrom = (inIndex: number): SubClip => ({ ...common(), name: `from ${inIndex}`, inIndex, outIndex: inIndex + 5, createdBy: 'ada' })

const markerAt = (index: number, text = ''): Marker => ({ ...common(), index, text, authorId: uuidv7(NOW), createdBy: 'ada' })

const event = (name: string) =>
  newEvent(name, NOW, {
    accountId: 1,
    actor: { kind: 'user', id: 'u', name: 'ada' },
    subject: { kind: 'marker', id: ASSET, number: null, name: null },
  })

/** `events` answers the names of the events that were committed, oldest first. */
export function markStoreContract(adapter: string, open: () => Promise<{ marks: MarkStore; events: () => Promise<string[]> }>): void {
  describe(`${adapter} is a MarkStore`, () => {
    it('keeps sub-clips in the order of their in points, by account and asset', async () => {
      const { marks, events } = await open()
      const [late, early] = [clipFrom(50), clipFrom(3)]
      await marks.addSubClip(late, [event('sub_clip.created')])
      await marks.addSubClip(early, [])
      expect(await marks.subClipsOf(1, ASSET)).toEqual([early, late])
      expect(await marks.subClipsOf(2, ASSET)).toEqual([])
      expect(await marks.subClipsOf(1, uuidv7(NOW))).toEqual([])
      expect(await events()).toEqual(['sub_clip.created'])
    })

    it('keeps markers in the order of their frames, with every sign of their text', async () => {
      const { marks, events } = await open()
      const given = [markerAt(3, 'Schnitt früher 🎬 "x"\nנא'), markerAt(50), markerAt(50, 'and again')]
      for (const marker of [given[1]!, given[2]!, given[0]!]) await marks.addMarker(marker, [event('marker.created')])
      expect(await marks.markersOf(1, ASSET)).toEqual(given)
      expect(await marks.markersOf(2, ASSET)).toEqual([])
      expect(await events()).toHaveLength(3)
    })

    it('saves a change on the revision it was read from, and refuses it on another, without its event', async () => {
      const { marks, events } = await open()
      const [clip, marker] = [clipFrom(1), markerAt(7)]
      await marks.addSubClip(clip, [])
      await marks.addMarker(marker, [])
      const renamed = { ...clip, name: 'Sting', revision: 2 }
      const reworded = { ...marker, text: 'too long', revision: 2 }
      await marks.saveSubClip(renamed, 1, [event('sub_clip.changed')])
      await marks.saveMarker(reworded, 1, [event('marker.changed')])
      await expect(marks.saveSubClip({ ...clip, name: 'late' }, 1, [event('never')])).rejects.toMatchObject({ code: 'stale' })
      await expect(marks.saveMarker({ ...marker, text: 'late' }, 1, [event('never')])).rejects.toMatchObject({ code: 'stale' })
      await expect(marks.saveMarker({ ...reworded, accountId: 2 }, 2, [event('never')])).rejects.toMatchObject({ code: 'stale' })
      expect(await marks.subClipsOf(1, ASSET)).toEqual([renamed])
      expect(await marks.markersOf(1, ASSET)).toEqual([reworded])
      expect(await events()).toEqual(['sub_clip.changed', 'marker.changed'])
    })

    it('removes once, with one event, and only in its account', async () => {
      const { marks, events } = await open()
      const [clip, marker] = [clipFrom(1), markerAt(7)]
      await marks.addSubClip(clip, [])
      await marks.addMarker(marker, [])
      await marks.removeSubClip(2, clip.id, [event('never')])
      await marks.removeMarker(2, marker.id, [event('never')])
      for (let time = 0; time < 2; time++) {
        await marks.removeSubClip(1, clip.id, [event('sub_clip.removed')])
        await marks.removeMarker(1, marker.id, [event('marker.removed')])
      }
      expect(await marks.subClipsOf(1, ASSET)).toEqual([])
      expect(await marks.markersOf(1, ASSET)).toEqual([])
      expect(await events()).toEqual(['sub_clip.removed', 'marker.removed'])
    })
  })
}
