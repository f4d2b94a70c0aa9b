import { assets, files, renditions } from '@capstan/contract/assets'
import { urlOf } from '@capstan/contract/client'

export const renditionUrl = (id: string): string => urlOf(renditions.content, { params: { id } })

/** Another file of a rendition: a sheet of pictures, a segment. */
export const renditionFileUrl = (id: string, path: string): string =>
  `${renditionUrl(id)}/${path.split('/').map(encodeURIComponent).join('/')}`

export const renditionDownloadUrl = (id: string): string => urlOf(renditions.content, { params: { id }, query: { download: '1' } })
export const originalUrl = (fileId: string): string => urlOf(files.content, { params: { id: fileId } })
export const stillUrl = (assetId: string, frame: number): string => urlOf(assets.still, { params: { id: assetId }, query: { frame } })
export const subClipUrl = (assetId: string, subClipId: string): string =>
  urlOf(assets.subClipContent, { params: { id: assetId, subClipId } })
