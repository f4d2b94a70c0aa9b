import type { ServerResponse } from 'node:http'
import { api } from '@capstan/contract/api'
import { ASSET_KINDS, type AssetSummary, type AssetView, type FileView } from '@capstan/contract/assets'
import type { ListQuery, Page } from '@capstan/contract/common'
import { CapstanError, notFound } from '../../lib/errors.ts'
import { listRequest } from '../../http/list-query.ts'
import type { Call, Route } from '../../http/route.ts'
import { sendContent } from '../../http/content.ts'
import { authorise, seesPlaces, type Principal } from '../identity/api.ts'
import type { Assets } from './index.ts'
import type { AssetFile } from './domain/file.ts'
import { ASSET_SORTS, type AssetRef, type AssetSort } from './ports/asset-store.ts'
import { toFileView, toRenditionView, withoutPlace, withoutPlaces } from './domain/view.ts'

/** Tells the audit who played or downloaded what. */
export type NoteAccess = (
  by: Principal,
  action: 'asset.played' | 'still.exported' | 'rendition.downloaded' | 'original.downloaded' | 'sub_clip.exported',
  subject: { kind: string; id: string; name: string | null },
) => void

export type AssetsHttpDeps = {
  assets: Assets
  noteAccess: NoteAccess
  /** Lists by `q` are searches; `filter` is a second query that must fit too. */
  search: (
    by: Principal,
    query: { q: string; filter: string; limit: number; cursor: string | null; sort: string | null },
  ) => Promise<Page<AssetSummary>>
  /** An original, open until it was sent. */
  openOriginal: (accountId: number, assetId: string) => Promise<{ path: string; close: () => Promise<void> }>
  publish: (by: Principal, assetId: string, renditions: readonly string[] | undefined) => Promise<{ runId: string }>
  unpublish: (by: Principal, assetId: string) => Promise<{ runId: string }>
  still: (
    by: Principal,
    assetId: string,
    frame: number,
    signal: AbortSignal,
  ) => Promise<{ path: string; mediaType: string; remove: () => Promise<void> }>
  subClip: (
    by: Principal,
    assetId: string,
    subClipId: string,
    signal: AbortSignal,
  ) => Promise<{ path: string; mediaType: string; name: string; remove: () => Promise<void> }>
}

/** `#48213` and ids both name an asset. */
export const refOf = (text: string): AssetRef => (/^\d+$/.test(text) ? Number(text) : text)

/** By age is by number. */
const SORTS = [...ASSET_SORTS, '-createdAt', 'createdAt'] as const
const FILTERS = ['deleted', ...ASSET_KINDS.map((kind) => `kind:${kind}`)]

/** A list of all reads its own orders, a search those of the search. */
function assetsAsked(query: ListQuery) {
  const { q, sort, filter, ...page } = listRequest(query.q ? { ...query, sort: undefined } : query, {
    q: true,
    sort: SORTS,
    filter: ['deleted', 'kind:'],
  })
  const kind = filter.get('kind') ?? null
  if (kind !== null && !FILTERS.includes(`kind:${kind}`))
    throw new CapstanError('invalid', `there is no kind of assets "${kind}"`, { details: { field: 'filter', allowed: FILTERS } })
  return { ...page, q, sort: sort.replace('createdAt', 'number') as AssetSort, deleted: filter.has('deleted'), kind }
}

export function assetRoutes(route: Route, deps: AssetsHttpDeps): void {
  const { assets } = deps
  const viewOf = async (by: Principal, ref: AssetRef): Promise<AssetView> => {
    const view = await assets.view(by.accountId, ref)
    return seesPlaces(by) ? view : withoutPlaces(view)
  }
  const fileView = (by: Principal, file: AssetFile): FileView => (seesPlaces(by) ? toFileView(file) : withoutPlace(toFileView(file)))
  const getId = async (by: Principal, id: string): Promise<string> =>
    /^\d+$/.test(id) ? (await assets.get(by.accountId, Number(id))).id : id

  route(api.assets.list, async ({ by, query }) => {
    const { q, ...asked } = assetsAsked(query)
    if (q === null) return assets.list(by.accountId, asked)
    const filter = [...(asked.deleted ? ['is:deleted'] : []), ...(asked.kind ? [`kind:${asked.kind}`] : [])].join(' ')
    return deps.search(by, { q, filter, limit: asked.limit, cursor: asked.cursor, sort: query.sort ?? null })
  })
  route(api.assets.create, async ({ by, body, request }) => {
    const given = request.headers['idempotency-key']
    const key = `placeholder/${typeof given === 'string' ? `${by.id}/${given}` : request.id}`
    const { id } = await assets.api.register(by, { key, name: body.name, originalName: body.name, nameBytes: null, file: null })
    if (body.description || body.tags.length > 0) await assets.describe(by, id, body, null)
    return viewOf(by, id)
  })
  route(api.assets.get, ({ by, params }) => viewOf(by, refOf(params.id)))
  route(api.assets.change, async ({ by, params, body, expectedRevision }) => {
    const { id } = await assets.describe(by, refOf(params.id), body, expectedRevision)
    return viewOf(by, id)
  })
  route(api.assets.remove, async ({ by, params }) => viewOf(by, (await assets.toBin(by, refOf(params.id))).id))
  route(api.assets.restore, async ({ by, params }) => viewOf(by, (await assets.outOfBin(by, refOf(params.id))).id))
  route(api.assets.purge, async ({ by, params }) => viewOf(by, (await assets.purge(by, refOf(params.id))).id))
  route(api.assets.renditions, async ({ by, params }) => {
    const { renditions } = await viewOf(by, refOf(params.id))
    return { items: renditions, nextCursor: null }
  })

  route(api.assets.subClips, async ({ by, params }) => ({ items: await assets.listSubClips(by, refOf(params.id)), nextCursor: null }))
  route(api.assets.addSubClip, ({ by, params, body }) => assets.addSubClip(by, refOf(params.id), body))
  route(api.assets.renameSubClip, ({ by, params, body, expectedRevision }) =>
    assets.renameSubClip(by, refOf(params.id), params.subClipId, body.name, expectedRevision),
  )
  route(api.assets.removeSubClip, ({ by, params }) => assets.removeSubClip(by, refOf(params.id), params.subClipId))
  route(api.assets.markers, async ({ by, params }) => ({ items: await assets.listMarkers(by, refOf(params.id)), nextCursor: null }))
  route(api.assets.addMarker, ({ by, params, body }) => assets.addMarker(by, refOf(params.id), body))
  route(api.assets.changeMarker, ({ by, params, body, expectedRevision }) =>
    assets.changeMarker(by, refOf(params.id), params.markerId, body.text, expectedRevision),
  )
  route(api.assets.removeMarker, ({ by, params }) => assets.removeMarker(by, refOf(params.id), params.markerId))
  route(api.assets.subClipContent, async ({ by, params, request, reply }) => {
    const made = await deps.subClip(by, await getId(by, params.id), params.subClipId, abortOf(request))
    afterReply(reply, () => made.remove())
    deps.noteAccess(by, 'sub_clip.exported', { kind: 'sub_clip', id: params.subClipId, name: made.name })
    return sendContent(reply, made.path, { mediaType: made.mediaType, attachment: made.name })
  })
  route(api.assets.still, async ({ by, params, query, request, reply }) => {
    const id = await getId(by, params.id)
    const made = await deps.still(by, id, query.frame, abortOf(request))
    afterReply(reply, () => made.remove())
    deps.noteAccess(by, 'still.exported', { kind: 'asset', id, name: null })
    return sendContent(reply, made.path, { mediaType: made.mediaType })
  })
  route(api.assets.publish, async ({ by, params, body }) => deps.publish(by, await getId(by, params.id), body.renditions))
  route(api.assets.unpublish, async ({ by, params }) => deps.unpublish(by, await getId(by, params.id)))

  route(api.files.list, async ({ by, query }) => {
    const { filter, ...asked } = listRequest(query, { sort: ['id'], filter: ['asset:'] })
    const assetId = filter.get('asset')
    if (assetId) return { items: (await viewOf(by, assetId)).files, nextCursor: null }
    const page = await assets.files.listFiles(by.accountId, asked)
    return { items: page.items.map((file) => fileView(by, file)), nextCursor: page.nextCursor }
  })
  route(api.files.get, async ({ by, params }) => fileView(by, await getFile(by, params.id)))
  route(api.files.content, async (call) => {
    const file = await getFile(call.by, call.params.id)
    const original = await deps.openOriginal(call.by.accountId, file.assetId)
    afterReply(call.reply, () => original.close())
    deps.noteAccess(call.by, 'original.downloaded', { kind: 'asset', id: file.assetId, name: file.originalName })
    return sendContent(call.reply, original.path, { mediaType: file.mediaType, attachment: file.originalName })
  })

  route(api.renditions.list, async ({ by, query }) => {
    const { filter, ...asked } = listRequest(query, { sort: ['id'], filter: ['asset:', 'kind:'] })
    const [assetId, kind = null] = [filter.get('asset'), filter.get('kind')]
    if (assetId) {
      const { renditions } = await viewOf(by, assetId)
      return { items: renditions.filter((rendition) => kind === null || rendition.kind === kind), nextCursor: null }
    }
    const page = await assets.renditions.listRenditions(by.accountId, { ...asked, kind })
    return { items: page.items.map(toRenditionView), nextCursor: page.nextCursor }
  })
  route(api.renditions.get, async ({ by, params }) => toRenditionView(await getRendition(by, params.id)))
  route(api.renditions.content, async ({ by, params, query, reply }) => {
    const rendition = await getRendition(by, params.id)
    const asAttachment = query.download === '1'
    authorise(by, asAttachment ? 'download_proxy' : 'play_proxy')
    if (asAttachment) deps.noteAccess(by, 'rendition.downloaded', { kind: 'asset', id: rendition.assetId, name: rendition.name })
    else noteIfWatched(by, rendition)
    return sendFile(reply, rendition, rendition.mainFile, asAttachment)
  })
  route(api.renditions.file, async ({ by, params, reply }) => {
    const rendition = await getRendition(by, params.id)
    noteIfWatched(by, rendition)
    return sendFile(reply, rendition, params['*'], false)
  })

  function noteIfWatched(by: Principal, { kind, assetId, name }: Awaited<ReturnType<typeof getRendition>>): void {
    if (kind === 'proxy' || kind === 'hls') deps.noteAccess(by, 'asset.played', { kind: 'asset', id: assetId, name })
  }

  async function getFile(by: Principal, id: string) {
    const file = await assets.files.findFile(by.accountId, id)
    if (!file) throw notFound('file', id)
    return file
  }
  async function getRendition(by: Principal, id: string) {
    const rendition = await assets.renditions.findRendition(by.accountId, id)
    if (!rendition) throw notFound('rendition', id)
    return rendition
  }
  function sendFile(
    reply: Call<typeof api.renditions.content>['reply'],
    rendition: Awaited<ReturnType<typeof getRendition>>,
    path: string,
    asAttachment: boolean,
  ) {
    const file = rendition.files.find((candidate) => candidate.path === path)
    if (!file) throw notFound('file in this rendition', path)
    const attachment = asAttachment ? { attachment: path.split('/').at(-1) ?? path } : {}
    return sendContent(reply, assets.blobs.resolve(`${rendition.folder}/${path}`), {
      mediaType: file.mediaType,
      etag: file.sha256,
      ...attachment,
    })
  }
}

/** Work for a request ends when nobody waits for it any more. */
function abortOf(request: { raw: { socket: { once(event: 'close', listener: () => void): unknown } } }): AbortSignal {
  const abort = new AbortController()
  request.raw.socket.once('close', () => abort.abort())
  return abort.signal
}

/** At once when whoever asked is gone: nothing tells of it a second time. */
function afterReply({ raw }: { raw: ServerResponse }, act: () => Promise<void>): void {
  if (raw.closed) void act()
  else raw.once('close', () => void act())
}
