import '@fastify/static'
import type { FastifyReply } from 'fastify'

/** Types that a browser may show in place; everything else is a download, whatever a stranger called it. */
const SHOWN =
  /^(video|audio)\/[\w.+-]+$|^image\/(jpeg|png|webp|avif|gif)$|^text\/vtt$|^application\/(json|vnd\.apple\.mpegurl|octet-stream)$/

export type Content = { mediaType: string; attachment?: string; etag?: string }

/** Headers under which a file of strangers is safe to serve: never a page, never sniffed, never a script of our origin. */
function contentHeaders({ mediaType, attachment, etag }: Content): Record<string, string> {
  const isShown = SHOWN.test(mediaType)
  return {
    'content-type': isShown ? mediaType : 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'private, max-age=3600, immutable',
    ...(etag ? { etag: `"${etag}"` } : {}),
    ...(attachment !== undefined || !isShown ? { 'content-disposition': contentDisposition(attachment ?? 'file') } : {}),
  }
}

/** What could lead to another folder, end the header, or turn a name around so that it seems to end otherwise: `exe.jpg` for `gpj.exe`. */
const MISLEADING = /[/\\]|\p{Cc}|\p{Bidi_Control}/gu

/** RFC 6266 with RFC 5987 encoding, so that any name survives but for what would mislead, and none breaks the header. */
function contentDisposition(original: string): string {
  const name = original.replace(MISLEADING, '_')
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}

/** Sends a file by its absolute path, with byte ranges, conditional requests and safe headers. */
export const sendContent = (reply: FastifyReply, path: string, content: Content): FastifyReply =>
  // `contentType` off: or else the type would follow from the name that a stranger chose.
  reply.headers(contentHeaders(content)).sendFile(path.replace(/^\/+/, ''), '/', { contentType: false })
