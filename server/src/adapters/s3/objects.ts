import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { CapstanError } from '../../lib/errors.ts'
import type { StoredFile } from '../../ports/storage.ts'
import { accepted, encode, type S3Answer, type S3Client } from './client.ts'
import { refused } from './faults.ts'
import { sumOfParts, type SumKind } from './parts.ts'
import { escapeXml, listIn, parseXml, textIn, type Xml } from './xml.ts'

/** Says that the parts of a file were cut by our rule, so that its sum can be computed again. */
const CUT_HEADER = 'x-amz-meta-capstan-parts'
const CUT = '1'

/** The sums are null where the server tells none; both are written as S3 writes them, with `-` and the number of parts for several. */
export type Stored = Readonly<{
  sizeBytes: number
  changedAtMs: number
  etag: string
  sha256: string | null
  md5: string | null
  isCutByUs: boolean
}>

export const quoted = (etag: string): string => `"${etag}"`
const bare = (etag: string): string => etag.replaceAll('"', '')

export function storedIn(headers: IncomingHttpHeaders): Stored {
  const textOf = (name: string) => String(headers[name] ?? '')
  const etag = bare(textOf('etag'))
  // Under a key of a key service the ETag is no sum.
  const isSum = /^[0-9a-f]{32}(-\d+)?$/.test(etag) && !/kms/.test(textOf('x-amz-server-side-encryption'))
  const total = /\/(\d+)$/.exec(textOf('content-range'))?.[1]
  return {
    sizeBytes: Number(total ?? textOf('content-length')),
    changedAtMs: Date.parse(textOf('last-modified')),
    etag,
    md5: isSum ? etag : null,
    sha256: textOf('x-amz-checksum-sha256') || null,
    isCutByUs: textOf(CUT_HEADER) === CUT,
  }
}

/** What was sent, and what the server called it. */
export type Written = Readonly<{ sizeBytes: number; etag: string; sum: string }>

/** The requests about single files. Every write names the sum of what it sends, and what the server says of it has to agree. */
export class S3Objects {
  readonly client: S3Client
  readonly sumKind: SumKind

  constructor(client: S3Client, sumKind: SumKind) {
    this.client = client
    this.sumKind = sumKind
  }

  async find(path: string): Promise<Stored | null> {
    const answer = await this.client.ask({ method: 'HEAD', key: path, headers: { 'x-amz-checksum-mode': 'ENABLED' } })
    // A HEAD has no body: a missing bucket looks as a missing file does, and forbidden as clock skew.
    if (answer.status === 404) return null
    if (answer.refusal) throw await this.#reason(answer, path)
    return storedIn(answer.headers)
  }

  async putWhole(path: string, bytes: Buffer): Promise<Written> {
    const { headers, sum, sha256 } = this.#summed(bytes)
    const answer = accepted(
      await this.client.ask({ method: 'PUT', key: path, body: bytes, sha256, headers: { ...headers, [CUT_HEADER]: CUT } }),
      path,
    )
    return { sizeBytes: bytes.byteLength, etag: this.#agreed(answer.headers, sum, path), sum }
  }

  /** `isSummed`: each part will come with its sum. */
  async begin(path: string, { isSummed }: { isSummed: boolean }): Promise<string> {
    const algorithm = isSummed && this.sumKind === 'sha256' ? { 'x-amz-checksum-algorithm': 'SHA256' } : {}
    const answer = await this.client.ask({
      method: 'POST',
      key: path,
      query: { uploads: '' },
      headers: { ...algorithm, [CUT_HEADER]: CUT },
    })
    const uploadId = textIn(parseXml(accepted(answer, path).body).element, 'UploadId')
    if (uploadId === '') throw new CapstanError('unavailable', 'S3: it began an upload without saying which')
    return uploadId
  }

  async putPart(path: string, uploadId: string, number: number, bytes: Buffer): Promise<SummedPart> {
    const { headers, sum, sha256, digest } = this.#summed(bytes)
    const query = { partNumber: String(number), uploadId }
    const answer = accepted(await this.client.ask({ method: 'PUT', key: path, query, body: bytes, sha256, headers }), path)
    return { number, etag: this.#agreed(answer.headers, sum, path), digest }
  }

  /** Answers the copy's ETag. */
  async copyWhole(from: string, etag: string, to: string): Promise<string> {
    const answer = await this.client.ask({ method: 'PUT', key: to, headers: this.#sourceHeaders(from, etag), answerMsMax: ASSEMBLE_MS_MAX })
    return bare(textIn(parseXml(accepted(answer, from).body).element, 'ETag'))
  }

  async copyPart({ from, etag, to, uploadId, part }: PartCopy): Promise<PartSent> {
    const { number, start, end } = part
    const headers = { ...this.#sourceHeaders(from, etag), 'x-amz-copy-source-range': `bytes=${start}-${end}` }
    const query = { partNumber: String(number), uploadId }
    const answer = await this.client.ask({ method: 'PUT', key: to, query, headers, answerMsMax: ASSEMBLE_MS_MAX })
    return { number, etag: bare(textIn(parseXml(accepted(answer, from).body).element, 'ETag')) }
  }

  /** Makes the file out of its parts. An answer that was lost may have been a yes: the caller looks what lies there. */
  async complete(path: string, uploadId: string, parts: readonly (PartSent | SummedPart)[]): Promise<string | null> {
    const body = Buffer.from(
      `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.map((part) => this.#partXml(part)).join('')}</CompleteMultipartUpload>`,
    )
    const headers = { 'content-type': 'application/xml' }
    const answer = await this.client.ask({ method: 'POST', key: path, query: { uploadId }, headers, body, answerMsMax: ASSEMBLE_MS_MAX })
    if (answer.refusal?.code === 'NoSuchUpload') return null
    return bare(textIn(parseXml(accepted(answer, path).body).element, 'ETag'))
  }

  sumOf(parts: readonly SummedPart[]): string {
    return sumOfParts(
      this.sumKind,
      parts.map(({ digest }) => digest),
    )
  }

  /** Throws unless what was written lies there whole. What the server keeps otherwise is removed: damaged is not there. */
  async confirm(path: string, written: Omit<Written, 'etag'> & { etag: string | null }): Promise<void> {
    const found = await this.find(path)
    if (!found) throw new CapstanError('unavailable', `S3: ${path} was written, and is not there`)
    const isOurs = written.etag === null || found.etag === written.etag
    const sum = found[this.sumKind]
    const isSame = found.sizeBytes === written.sizeBytes && (sum === null || sum === written.sum)
    if (isOurs && isSame) return
    if (written.etag === null) throw new CapstanError('unavailable', `S3: it lost the upload of ${path}`)
    if (!isOurs) throw new CapstanError('conflict', `another file was written to ${path} at the same time`)
    await this.remove(path)
    throw damaged(path)
  }

  async remove(path: string): Promise<void> {
    const answer = await this.client.ask({ method: 'DELETE', key: path })
    if (answer.status !== 404) accepted(answer, path)
  }

  /** Up to 1,000 at once; those that are gone already are fine. */
  async removeAll(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return
    const keys = paths.map((path) => `<Object><Key>${escapeXml(path)}</Key></Object>`).join('')
    const body = Buffer.from(`<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>${keys}</Delete>`)
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64'), 'content-type': 'application/xml' }
    const answer = accepted(
      await this.client.ask({ method: 'POST', query: { delete: '' }, headers, body, answerMsMax: ASSEMBLE_MS_MAX }),
      null,
    )
    const [left] = listIn(parseXml(answer.body).element, 'Error').filter((error) => textIn(error, 'Code') !== 'NoSuchKey')
    if (left) throw refused({ status: 500, code: textIn(left, 'Code'), message: textIn(left, 'Message') }, textIn(left, 'Key'))
  }

  /** Pages until the last; `prefix` is the beginning of a key. */
  async *list(prefix: string): AsyncGenerator<readonly StoredFile[]> {
    for (let token = ''; ;) {
      const query = { 'list-type': '2', 'encoding-type': 'url', prefix, ...(token ? { 'continuation-token': token } : {}) }
      const { element } = parseXml(accepted(await this.client.ask({ method: 'GET', query }), null).body)
      yield filesIn(element)
      if (textIn(element, 'IsTruncated') !== 'true') return
      const next = textIn(element, 'NextContinuationToken')
      if (next === '' || next === token) throw new CapstanError('unavailable', 'S3: its listing does not go on')
      token = next
    }
  }

  async abort(path: string, uploadId: string, attemptsMax?: number): Promise<void> {
    const limit = attemptsMax === undefined ? {} : { attemptsMax }
    const answer = await this.client.ask({ method: 'DELETE', key: path, query: { uploadId }, ...limit })
    if (answer.status !== 404) accepted(answer, path)
  }

  async *uploads(): AsyncGenerator<readonly { path: string; uploadId: string; startedAtMs: number }[]> {
    for (let marker: Record<string, string> = {}; ;) {
      const answer = await this.client.ask({ method: 'GET', query: { uploads: '', 'encoding-type': 'url', ...marker } })
      const { element } = parseXml(accepted(answer, null).body)
      const keyOf = decoderOf(element)
      yield listIn(element, 'Upload').map((upload) => ({
        path: keyOf(textIn(upload, 'Key')),
        uploadId: textIn(upload, 'UploadId'),
        startedAtMs: Date.parse(textIn(upload, 'Initiated')),
      }))
      if (textIn(element, 'IsTruncated') !== 'true') return
      marker = { 'key-marker': keyOf(textIn(element, 'NextKeyMarker')), 'upload-id-marker': textIn(element, 'NextUploadIdMarker') }
    }
  }

  #sourceHeaders(from: string, etag: string): Record<string, string> {
    const source = [this.client.bucket, ...from.split('/')].map(encode).join('/')
    return { 'x-amz-copy-source': `/${source}`, 'x-amz-copy-source-if-match': quoted(etag) }
  }

  #summed(bytes: Buffer) {
    const sha = createHash('sha256').update(bytes).digest()
    const digest = this.sumKind === 'sha256' ? sha : createHash('md5').update(bytes).digest()
    const base64 = digest.toString('base64')
    const headers: Record<string, string> = this.sumKind === 'sha256' ? { 'x-amz-checksum-sha256': base64 } : { 'content-md5': base64 }
    return { headers, digest, sum: this.sumKind === 'sha256' ? base64 : digest.toString('hex'), sha256: sha.toString('hex') }
  }

  /** The ETag under which the server took it, when what it says of the sum agrees. */
  #agreed(headers: IncomingHttpHeaders, sum: string, path: string): string {
    const stored = storedIn(headers)
    const said = stored[this.sumKind]
    if (said !== null && said !== sum) throw damaged(path)
    if (stored.etag === '') throw new CapstanError('unavailable', `S3: it took ${path} without an ETag`)
    return stored.etag
  }

  #partXml(part: PartSent | SummedPart): string {
    const isSummed = this.sumKind === 'sha256' && 'digest' in part
    const sum = isSummed ? `<ChecksumSHA256>${part.digest.toString('base64')}</ChecksumSHA256>` : ''
    return `<Part><PartNumber>${part.number}</PartNumber><ETag>&quot;${escapeXml(part.etag)}&quot;</ETag>${sum}</Part>`
  }

  async #reason(answer: S3Answer, path: string): Promise<CapstanError> {
    const listing = await this.client.ask({ method: 'GET', query: { 'list-type': '2', 'max-keys': '1' } })
    return refused(listing.refusal ?? answer.refusal ?? { status: answer.status, code: '', message: '' }, path)
  }
}

export type PartCopy = Readonly<{
  from: string
  etag: string
  to: string
  uploadId: string
  part: { number: number; start: number; end: number }
}>

export type PartSent = Readonly<{ number: number; etag: string }>
export type SummedPart = PartSent & Readonly<{ digest: Buffer }>

/** A server may have to copy everything once more to put parts together. */
const ASSEMBLE_MS_MAX = 10 * 60_000

export const damaged = (path: string) =>
  new CapstanError('internal', `what S3 keeps as ${path} is not what was sent: it was damaged on the way or there`)

function filesIn(element: Xml): StoredFile[] {
  const keyOf = decoderOf(element)
  return listIn(element, 'Contents').map((content) => ({
    path: keyOf(textIn(content, 'Key')),
    sizeBytes: Number(textIn(content, 'Size')),
    changedAtMs: Date.parse(textIn(content, 'LastModified')),
  }))
}

/** Not every server does as it is asked: it says whether it did. */
const decoderOf = (element: Xml): ((key: string) => string) =>
  textIn(element, 'EncodingType') === 'url' ? (key) => decodeURIComponent(key.replaceAll('+', ' ')) : (key) => key
