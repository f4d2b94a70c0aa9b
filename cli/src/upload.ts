import { isUtf8 } from 'node:buffer'
import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs'
import { Upload } from 'tus-js-client'
import type { Context } from './context.ts'
import { FILE_FAULTS } from './failure.ts'
import type { LocalFile } from './local-files.ts'
import type { UploadMemory } from './upload-memory.ts'

const CHUNK_BYTES = 64 * 1024 * 1024
/** A platform that restarts is waited for; every byte that gets through starts the waits anew. */
const RETRY_DELAYS_MS = [0, 1_000, 3_000, 10_000, 30_000]
const NO_ROOM = 507
const ASSET_HEADER = 'Capstan-Asset-Id'

export type Uploaded = { assetId: string | null; reason: string | null }

/** Sends one file, from where an earlier call was cut. `reason` says why it did not arrive; it never throws. */
export async function uploadFile(
  context: Context,
  memory: UploadMemory,
  file: LocalFile,
  workflow: string,
  progress: (fraction: number) => void,
): Promise<Uploaded> {
  const opened: { handle?: number } = {}
  try {
    const handle = (opened.handle = openSync(file.bytes, 'r'))
    const { size, mtimeMs } = fstatSync(handle)
    const told: { assetId: string | null } = { assetId: null }
    const source = createReadStream(pathFor(file, handle))
    const upload = new Upload(source, {
      endpoint: `${context.baseUrl()}/api/v1/uploads`,
      headers: { authorization: `Bearer ${context.token()}` },
      uploadSize: size,
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_DELAYS_MS,
      onShouldRetry: (fault) => mayPass((fault as UploadFault).originalResponse?.getStatus()),
      urlStorage: memory,
      fingerprint: async () => [context.baseUrl(), workflow, file.bytes.toString('latin1'), size, mtimeMs].join('\n'),
      storeFingerprintForResuming: true,
      removeFingerprintOnSuccess: true,
      onProgress: (done, total) => progress(total ? done / total : 1),
      onBeforeRequest: (request) => {
        if (request.getMethod() === 'POST') request.setHeader('Upload-Metadata', metadataOf(file, workflow))
      },
      onAfterResponse: (_request, response) => {
        told.assetId = response.getHeader(ASSET_HEADER) ?? told.assetId
      },
    })
    await finished(upload).finally(() => source.destroy())
    return { assetId: told.assetId ?? (await askForAsset(context, upload.url)), reason: null }
  } catch (error) {
    return { assetId: null, reason: reasonOf(error as UploadFault) }
  } finally {
    if (opened.handle !== undefined) closeSync(opened.handle)
  }
}

/** A platform that is away or busy is asked again; one that has no room, or refuses, said so. */
const mayPass = (status = 503): boolean => (status >= 500 && status !== NO_ROOM) || status === 409 || status === 423

/** The client of tus knows paths as text only; what is no UTF-8 it opens again by the handle, as Linux allows. */
const pathFor = ({ path, bytes }: LocalFile, handle: number): string => (isUtf8(bytes) ? path : `/proc/self/fd/${handle}`)

/** The name in its own bytes, which the client of tus would take as text. */
function metadataOf({ bytes, relativePath }: LocalFile, workflow: string): string {
  const pairs = {
    filename: bytes.subarray(bytes.lastIndexOf('/') + 1),
    relativePath: Buffer.from(relativePath),
    workflow: Buffer.from(workflow),
  }
  return Object.entries(pairs)
    .map(([key, value]) => `${key} ${value.toString('base64')}`)
    .join(',')
}

async function finished(upload: Upload): Promise<void> {
  const [previous] = await upload.findPreviousUploads()
  if (previous) upload.resumeFromPreviousUpload(previous)
  return new Promise((resolve, reject) => {
    upload.options.onSuccess = () => resolve()
    upload.options.onError = reject
    upload.start()
  })
}

/** An upload without bytes is done before anything was sent that could answer. */
async function askForAsset(context: Context, url: string | null): Promise<string | null> {
  if (!url) return null
  const headers = { authorization: `Bearer ${context.token()}`, 'tus-resumable': '1.0.0' }
  const response = await fetch(url, { method: 'HEAD', headers, signal: AbortSignal.timeout(30_000) })
  return response.headers.get(ASSET_HEADER)
}

type UploadFault = NodeJS.ErrnoException & {
  originalResponse?: { getBody(): string; getStatus(): number } | null
  causingError?: NodeJS.ErrnoException
}

function reasonOf({ message, code, originalResponse, causingError }: UploadFault): string {
  const fault = FILE_FAULTS[code ?? causingError?.code ?? '']
  if (fault) return `the file ${fault}`
  try {
    return (JSON.parse(originalResponse?.getBody() ?? '') as { detail: string }).detail
  } catch {
    return causingError?.code ? `the platform cannot be reached (${causingError.code}); the same command goes on where it stopped` : message
  }
}
