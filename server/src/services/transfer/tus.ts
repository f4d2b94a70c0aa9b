import type { IncomingMessage, ServerResponse } from 'node:http'
import { CapstanError, HTTP_STATUS, toCapstanError } from '../../lib/errors.ts'
import { authorise, type Principal } from '../identity/api.ts'
import { UPLOADS_PATH, type Arrival } from './domain/arrival.ts'
import {
  CHECKSUM_ALGORITHMS,
  integerHeader,
  parseChecksum,
  parseMetadata,
  readMetadata,
  TUS_EXTENSIONS,
  TUS_VERSION,
} from './domain/tus-headers.ts'
import {
  completeUpload,
  createUpload,
  getUpload,
  receiveBytes,
  terminateUpload,
  uploadOffset,
  type UploadDeps,
} from './use-cases/receive-upload.ts'

/**
 * tus 1.0.0 on `/api/v1/uploads` and `/api/v1/uploads/<id>` (all methods but GET), on raw node:http requests whose body nobody has read.
 * It always answers; it never throws.
 */
export type UploadHandler = (req: IncomingMessage, res: ServerResponse, by: Principal) => Promise<void>

type Answer = { status: number; headers?: Record<string, string> }
type Request = { req: IncomingMessage; by: Principal; id: string | null }

const CHECKSUM_MISMATCH = 460
const LOCKED = 423
const GONE = 410
/** A refused body that is longer is not waited for: the connection is closed instead. */
const DRAINED_BYTES_MAX = 1 << 20
/** Who brings nothing for so long has gone without saying so; the connection is not kept for them. */
const SILENT_MS = 5 * 60_000

export const uploadHandler =
  (deps: UploadDeps): UploadHandler =>
  async (req, res, by) => {
    try {
      send(req, res, await answer(deps, { req, by, id: idOf(req) }))
    } catch (error) {
      sendProblem(req, res, toCapstanError(error), deps)
    }
  }

function idOf(req: IncomingMessage): string | null {
  const path = (req.url ?? '').split('?')[0]!.replace(/\/+$/, '')
  const id = path.slice(path.indexOf(UPLOADS_PATH) + UPLOADS_PATH.length + 1)
  if (id === '') return null
  if (!/^[0-9a-f-]{36}$/.test(id)) throw new CapstanError('not_found', 'there is no such upload')
  return id
}

async function answer(deps: UploadDeps, request: Request): Promise<Answer> {
  const { req, id } = request
  const method = methodOf(req)
  if (method === 'OPTIONS') return options()
  if (header(req, 'tus-resumable') !== TUS_VERSION) {
    throw new CapstanError('stale', `this server speaks tus ${TUS_VERSION}: the header Tus-Resumable must say so`, {
      details: { reason: 'tus_version' },
    })
  }
  if (method === 'POST' && id === null) return create(deps, request)
  if (id === null) throw new CapstanError('not_found', 'this needs the id of an upload')
  if (method === 'HEAD') return head(deps, request, id)
  if (method === 'PATCH') return patch(deps, request, id)
  if (method === 'DELETE') return terminate(deps, request, id)
  throw new CapstanError('unsupported', `uploads do not know the method ${method}`)
}

/** Proxies that know neither PATCH nor DELETE let them through as POST with a header. */
const methodOf = (req: IncomingMessage): string =>
  // Only of a POST: a HEAD that deletes would go past the protection that changes have.
  ((req.method === 'POST' ? header(req, 'x-http-method-override') : undefined) ?? req.method ?? 'GET').toUpperCase()

function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name]
  return Array.isArray(value) ? value[0] : value
}

const options = (): Answer => ({
  status: 204,
  headers: {
    'Tus-Version': TUS_VERSION,
    'Tus-Extension': TUS_EXTENSIONS,
    'Tus-Checksum-Algorithm': CHECKSUM_ALGORITHMS.join(','),
    Allow: 'OPTIONS, GET, HEAD, POST, PATCH, DELETE',
  },
})

async function create(deps: UploadDeps, { req, by }: Request): Promise<Answer> {
  authorise(by, 'ingest')
  if (header(req, 'upload-defer-length') !== undefined)
    throw new CapstanError('invalid', 'the length of an upload must be known when it begins')
  if (header(req, 'upload-concat') !== undefined) throw new CapstanError('invalid', 'uploads in parts that are joined are not supported')
  const sizeBytes = integerHeader('Upload-Length', header(req, 'upload-length'))
  const created = await createUpload(deps)(by, sizeBytes, readMetadata(parseMetadata(header(req, 'upload-metadata'))))
  const location = { Location: `${UPLOADS_PATH}/${created.id}` }
  if (sizeBytes === 0) await completeUpload(deps)(created)
  const carriesBytes = header(req, 'content-type') === 'application/offset+octet-stream'
  if (!carriesBytes || sizeBytes === 0) return { status: 201, headers: { ...location, 'Upload-Offset': '0', ...expires(created) } }
  const arrival = await receive(deps, { req, by, id: created.id }, 0)
  return { status: 201, headers: { ...location, 'Upload-Offset': String(arrival.receivedBytes), ...expires(arrival) } }
}

async function head(deps: UploadDeps, { by }: Request, id: string): Promise<Answer> {
  const arrival = await getUpload(deps.store, by, id)
  const isExpired = arrival.state === 'refused' || (arrival.expiresAtMs !== null && arrival.expiresAtMs < deps.nowMs())
  if (isExpired) return { status: GONE, headers: { 'Cache-Control': 'no-store' } }
  const offset = await uploadOffset(deps, arrival)
  return {
    status: 200,
    headers: {
      'Upload-Offset': String(offset),
      'Upload-Length': String(arrival.sizeBytes),
      'Cache-Control': 'no-store',
      ...expires(arrival),
      ...assetOf(arrival),
    },
  }
}

async function patch(deps: UploadDeps, request: Request, id: string): Promise<Answer> {
  const { req } = request
  if (header(req, 'content-type') !== 'application/offset+octet-stream')
    throw new CapstanError('unsupported', 'the Content-Type must be application/offset+octet-stream')
  const arrival = await receive(deps, { ...request, id }, integerHeader('Upload-Offset', header(req, 'upload-offset')))
  return { status: 204, headers: { 'Upload-Offset': String(arrival.receivedBytes), ...expires(arrival), ...assetOf(arrival) } }
}

function receive(deps: UploadDeps, { req, by, id }: Request & { id: string }, offset: number): Promise<Arrival> {
  const length = header(req, 'content-length')
  return receiveBytes(deps)(by, {
    id,
    offset,
    bytes: length === undefined ? null : integerHeader('Content-Length', length),
    checksum: parseChecksum(header(req, 'upload-checksum')),
    body: (signal) => {
      req.setTimeout(SILENT_MS, () => req.destroy(new Error('nothing came for too long')))
      // What follows the last byte, checksums above all, may take longer than that.
      req.once('end', () => req.setTimeout(0))
      signal.addEventListener('abort', () => req.destroy(new Error('another request took over')), { once: true })
      // Ending early must leave the connection open for the answer.
      return req.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
    },
  })
}

async function terminate(deps: UploadDeps, { by }: Request, id: string): Promise<Answer> {
  await terminateUpload(deps)(by, id)
  return { status: 204 }
}

const expires = ({ expiresAtMs }: Arrival): Record<string, string> =>
  expiresAtMs === null ? {} : { 'Upload-Expires': new Date(expiresAtMs).toUTCString() }

const assetOf = (arrival: Arrival): Record<string, string> => (arrival.state === 'taken' ? { 'Capstan-Asset-Id': arrival.assetId } : {})

function send(req: IncomingMessage, res: ServerResponse, { status, headers = {} }: Answer, body = ''): void {
  if (res.destroyed || res.headersSent) return
  const isUnread = !req.complete && Number(req.headers['content-length'] ?? Infinity) > DRAINED_BYTES_MAX
  res.writeHead(status, {
    'Tus-Resumable': TUS_VERSION,
    'X-Content-Type-Options': 'nosniff',
    ...headers,
    ...(isUnread && hasBody(req) ? { Connection: 'close' } : {}),
    ...(status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body) }),
  })
  res.end(req.method === 'HEAD' ? undefined : body)
}

const hasBody = (req: IncomingMessage): boolean =>
  req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined

function statusOf({ code, details }: CapstanError): number {
  if (details['reason'] === 'checksum_mismatch') return CHECKSUM_MISMATCH
  if (details['reason'] === 'locked') return LOCKED
  return HTTP_STATUS[code]
}

function sendProblem(req: IncomingMessage, res: ServerResponse, error: CapstanError, { warn }: UploadDeps): void {
  const status = statusOf(error)
  // A client that went away is no fault of ours.
  if (error.code === 'internal' && !req.destroyed)
    warn('an upload request failed', { reason: error.message, stack: (error.cause as Error | undefined)?.stack ?? error.stack })
  const problem = {
    type: `urn:capstan:problem:${error.code}`,
    title: error.code,
    status,
    code: error.code,
    detail: error.code === 'internal' ? 'the upload failed here; the log has the reason' : error.message,
    details: error.details,
  }
  const headers = { 'Content-Type': 'application/problem+json', 'Tus-Version': TUS_VERSION, 'Cache-Control': 'no-store' }
  send(req, res, { status, headers }, JSON.stringify(problem))
}
