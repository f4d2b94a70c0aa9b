import type { IncomingMessage } from 'node:http'
import { CapstanError } from '../../lib/errors.ts'
import type { ByteRange } from '../../ports/storage.ts'
import { refused, unreachable } from './faults.ts'
import { damaged, quoted, storedIn, type S3Objects, type Stored } from './objects.ts'
import { PartedSum } from './parts.ts'

const SILENCE_MS_MAX = 30_000
/** In a row, without a byte between them. */
const BREAKS_MAX = 5

type Reading = { stored: Stored; position: number; end: number }

/**
 * Streams a file or a range. A connection that breaks is taken up where it broke, on the same version of the file. The whole of a file that we wrote
 * is compared with its sum: the last bytes are followed by an error where it differs.
 */
export async function* download(
  objects: S3Objects,
  path: string,
  range: ByteRange | null,
  silenceMsMax: number = SILENCE_MS_MAX,
): AsyncGenerator<Uint8Array> {
  let reading: Reading | null = null
  let sum: PartedSum | null = null
  for (let breaks = 0; ; breaks++) {
    const opened = await open(objects, path, range, reading)
    if (!opened) return
    const isFirst: boolean = reading === null
    reading ??= opened.reading
    if (isFirst && range === null) sum = sumFor(reading.stored)
    const before: number = reading.position
    try {
      for await (const chunk of patiently(opened.body, silenceMsMax)) {
        reading.position += chunk.byteLength
        sum?.update(chunk)
        yield chunk
      }
    } catch (error) {
      if (error instanceof CapstanError) throw error
      if (reading.position > before) breaks = 0
      if (breaks >= BREAKS_MAX) throw unreachable(error)
      continue
    } finally {
      opened.body.destroy()
    }
    if (reading.position > reading.end) break
    if (breaks >= BREAKS_MAX) throw new CapstanError('unavailable', `S3: it ends ${path} too early`)
  }
  if (sum && sum.digest() !== (reading.stored.sha256 ?? reading.stored.md5)) throw damaged(path)
}

async function open(
  objects: S3Objects,
  path: string,
  range: ByteRange | null,
  reading: Reading | null,
): Promise<{ reading: Reading; body: IncomingMessage } | null> {
  const wanted = reading ? { start: reading.position, end: reading.end } : range
  const headers = {
    'x-amz-checksum-mode': 'ENABLED',
    ...(wanted ? { range: `bytes=${wanted.start}-${wanted.end === Infinity ? '' : wanted.end}` } : {}),
    ...(reading ? { 'if-match': quoted(reading.stored.etag) } : {}),
  }
  const { answer, body } = await objects.client.stream({ method: 'GET', key: path, headers })
  if (answer.refusal?.code === 'InvalidRange' || answer.status === 416) return null
  if (answer.refusal) throw refused(answer.refusal, path)
  if (!body) throw new CapstanError('unavailable', `S3: it answered nothing for ${path}`)
  const stored = storedIn(answer.headers)
  const last = stored.sizeBytes - 1
  const position = wanted?.start ?? 0
  if (wanted && answer.status !== 206) {
    body.destroy()
    throw new CapstanError('unavailable', 'S3: it knows no ranges')
  }
  return { reading: { stored, position, end: Math.min(wanted?.end ?? last, last) }, body }
}

/** Null where there is no sum to compare with, or of parts that somebody else cut. */
function sumFor({ sha256, md5, isCutByUs }: Stored): PartedSum | null {
  const expected = sha256 ?? md5
  const isOnePiece = expected !== null && !expected.includes('-')
  return isOnePiece || (expected !== null && isCutByUs) ? new PartedSum(sha256 === null ? 'md5' : 'sha256', { isOnePiece }) : null
}

/** The chunks, or an error when none comes for too long. The time that the reader takes does not count. */
async function* patiently(body: IncomingMessage, silenceMsMax: number): AsyncGenerator<Buffer> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  for (;;) {
    const timer = setTimeout(() => body.destroy(new Error('nothing was heard for too long')), silenceMsMax)
    const next = await chunks.next().finally(() => clearTimeout(timer))
    if (next.done) return
    yield next.value
  }
}
