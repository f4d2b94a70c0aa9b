import { queryOptions, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import {
  assets,
  type AssetChange,
  type AssetView,
  type RenditionKind,
  type RenditionView,
  type SubClipView,
} from '@capstan/contract/assets'
import { events } from '@capstan/contract/events'
import { runs, workflowDefinitions } from '@capstan/contract/work'
import { call } from '../../../lib/api.ts'
import { queryClient } from '../../../lib/query-client.ts'
import { useRight } from '../../../lib/session.ts'

/** One asset, named by its id or its number. */
export const assetQuery = (id: string) =>
  queryOptions({ queryKey: ['asset', id], queryFn: ({ signal }) => call(assets.get, { params: { id }, signal }) })

/** An object's ETag is its revision. */
const etagOf = ({ revision }: { revision: number }): string => `"${revision}"`

function keep(asset: AssetView): void {
  for (const key of [asset.id, String(asset.number)])
    if (queryClient.getQueryData(['asset', key])) queryClient.setQueryData(['asset', key], asset)
  void queryClient.invalidateQueries({ queryKey: ['history', asset.id] })
}

/** Saves descriptive fields on top of the revision that was read; rejects with a 412 when somebody was faster. */
export const useChangeAsset = () =>
  useMutation({
    mutationFn: ({ asset, change }: { asset: AssetView; change: AssetChange }) =>
      call(assets.change, { params: { id: asset.id }, body: change, ifMatch: etagOf(asset) }),
    onSuccess: keep,
  })

export const freshAsset = (id: string): Promise<AssetView> => call(assets.get, { params: { id } })

const useAction = (action: typeof assets.remove | typeof assets.restore) =>
  useMutation({
    mutationFn: (id: string) => call(action, { params: { id } }),
    onSuccess: (asset) => {
      keep(asset)
      for (const key of ['library', 'bin', 'status']) void queryClient.invalidateQueries({ queryKey: [key] })
    },
  })

export const useRemoveAsset = () => useAction(assets.remove)
export const useRestoreAsset = () => useAction(assets.restore)
export const usePublish = () => useMutation({ mutationFn: (id: string) => call(assets.publish, { params: { id }, body: {} }) })
export const useUnpublish = () => useMutation({ mutationFn: (id: string) => call(assets.unpublish, { params: { id } }) })

export const useStartRun = () =>
  useMutation({
    mutationFn: ({ workflow, assetId }: { workflow: string; assetId: string }) => call(runs.start, { body: { workflow, assetId } }),
  })

export const useWorkflowNames = (enabled: boolean) =>
  useQuery({ queryKey: ['workflows'], queryFn: ({ signal }) => call(workflowDefinitions.list, { query: { limit: 100 }, signal }), enabled })

export const useSubClips = (assetId: string) =>
  useQuery({
    queryKey: ['sub-clips', assetId],
    queryFn: async ({ signal }) => (await call(assets.subClips, { params: { id: assetId }, signal })).items,
  })

export const useAddSubClip = (assetId: string) =>
  useMutation({
    mutationFn: (body: { name: string; inIndex: number; outIndex: number }) => call(assets.addSubClip, { params: { id: assetId }, body }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['sub-clips', assetId] }),
  })

/** Rejects with a 412 when somebody was faster. */
export const useRenameSubClip = (assetId: string) =>
  useMutation({
    mutationFn: ({ clip, name }: { clip: SubClipView; name: string }) =>
      call(assets.renameSubClip, { params: { id: assetId, subClipId: clip.id }, body: { name }, ifMatch: etagOf(clip) }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['sub-clips', assetId] }),
  })

export const useRemoveSubClip = (assetId: string) =>
  useMutation({
    mutationFn: (subClipId: string) => call(assets.removeSubClip, { params: { id: assetId, subClipId } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['sub-clips', assetId] }),
  })

/** What happened to an asset, newest first. */
export const useHistory = (assetId: string) =>
  useInfiniteQuery({
    queryKey: ['history', assetId],
    queryFn: ({ pageParam, signal }) =>
      call(events.list, {
        query: { filter: `asset:${assetId}`, sort: '-sequence', limit: 50, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  })

/** A field that is shown, if the platform has one of that kind for the asset. */
export const renditionOf = (asset: Pick<AssetView, 'renditions'>, kind: RenditionKind, name?: string): RenditionView | null =>
  asset.renditions.find((rendition) => rendition.kind === kind && (name === undefined || rendition.name === name)) ?? null

/** The rights that the asset page asks for. */
export function useAssetRights() {
  return {
    plays: useRight('play_proxy'),
    edits: useRight('edit'),
    publishes: useRight('publish'),
    operates: useRight('operate'),
    downloadsProxy: useRight('download_proxy'),
    exports: useRight('export'),
    downloadsOriginal: useRight('download_original'),
  }
}
