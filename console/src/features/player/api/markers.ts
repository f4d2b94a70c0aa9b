import { useMutation, useQuery } from '@tanstack/react-query'
import { assets, type MarkerView } from '@capstan/contract/assets'
import { call } from '../../../lib/api.ts'
import { queryClient } from '../../../lib/query-client.ts'
import { useRight, useSession } from '../../../lib/session.ts'

const NONE: readonly MarkerView[] = []

/** What people marked, in the order of the film. */
export const useMarkers = (assetId: string): readonly MarkerView[] =>
  useQuery({
    queryKey: ['markers', assetId],
    queryFn: async ({ signal }) => (await call(assets.markers, { params: { id: assetId }, signal })).items,
  }).data ?? NONE

const useReread = (assetId: string) => ({ onSettled: () => queryClient.invalidateQueries({ queryKey: ['markers', assetId] }) })

export const useAddMarker = (assetId: string) =>
  useMutation({
    mutationFn: (body: { index: number; text: string }) => call(assets.addMarker, { params: { id: assetId }, body }),
    ...useReread(assetId),
  })

export const useRewordMarker = (assetId: string) =>
  useMutation({
    mutationFn: ({ marker, text }: { marker: MarkerView; text: string }) =>
      call(assets.changeMarker, { params: { id: assetId, markerId: marker.id }, body: { text }, ifMatch: `"${marker.revision}"` }),
    ...useReread(assetId),
  })

export const useRemoveMarker = (assetId: string) =>
  useMutation({
    mutationFn: (markerId: string) => call(assets.removeMarker, { params: { id: assetId, markerId } }),
    ...useReread(assetId),
  })

/** Whether one may reword and remove a marker: one's own, or with the right to edit anybody's. */
export function useMayChange(): (marker: MarkerView) => boolean {
  const edits = useRight('edit')
  const me = useSession()?.user.id
  return ({ authorId }) => edits || authorId === me
}

/** The frame of the nearest marker before or after a frame; null when there is none that way. */
export function nextMarked(markers: readonly MarkerView[], frame: number, way: 1 | -1): number | null {
  const there = markers.filter(({ index }) => (way > 0 ? index > frame : index < frame))
  return (way > 0 ? there[0] : there.at(-1))?.index ?? null
}
