import { open } from 'node:fs/promises'
import mediaInfo from 'mediainfo.js'
import type { Decoded, DecoderTask } from './protocol.ts'

const CHUNK_BYTES = 256 * 1024
/** Headers, footers and a stretch of the essence; what is not known by then is not worth more reading. */
const READ_BYTES_MAX = 48 * 1024 ** 2

/** What MediaInfo says of every track that `second-opinion.ts` reads, as `facts.tracks`. */
export async function readMediaFacts({ path }: DecoderTask): Promise<Decoded> {
  const file = await open(path)
  const library = await mediaInfo({ format: 'object', chunkSize: CHUNK_BYTES })
  let left = READ_BYTES_MAX
  try {
    const { size } = await file.stat()
    const { media } = await library.analyzeData(
      () => size,
      async (bytes, offset) => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(bytes, left)), 0, Math.min(bytes, left), offset)
        left -= bytesRead
        return new Uint8Array(buffer.buffer, buffer.byteOffset, bytesRead)
      },
    )
    const tracks = (media?.track ?? []).map((track) => plain(track as unknown as Record<string, unknown>))
    return { ok: true, pictures: [], text: null, facts: { tracks }, warnings: [] }
  } finally {
    library.close()
    await file.close()
  }
}

const FIELDS = [
  '@type',
  'Format',
  'ID',
  'StreamOrder',
  'HDR_Format',
  'HDR_Format_Profile',
  'ScanType',
  'ScanOrder',
  'ScanType_Original',
  'MuxingMode',
  'TimeCode_FirstFrame',
]

const plain = (track: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(FIELDS.filter((name) => track[name] !== undefined).map((name) => [name, String(track[name])]))
