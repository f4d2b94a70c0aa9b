import { CapstanError } from '../../../lib/errors.ts'
import { nameFromBytes, type ArrivedName } from './names.ts'

/* Headers of tus 1.0.0 (tus.io/protocols/resumable-upload). */

export const TUS_VERSION = '1.0.0'
export const TUS_EXTENSIONS = 'creation,creation-with-upload,expiration,checksum,termination'
export const CHECKSUM_ALGORITHMS = ['sha1', 'sha256', 'md5'] as const
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number]

const METADATA_BYTES_MAX = 32_768

/** A non-negative integer header; throws `invalid` naming the header. */
export function integerHeader(name: string, value: string | undefined): number {
  const number = value !== undefined && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  throw new CapstanError('invalid', `the header ${name} must be a whole number of bytes`)
}

/** Upload-Metadata: pairs of a key and a base64 value, kept as bytes. */
export function parseMetadata(header: string | undefined): ReadonlyMap<string, Buffer> {
  const metadata = new Map<string, Buffer>()
  if (header === undefined || header.trim() === '') return metadata
  if (header.length > METADATA_BYTES_MAX) throw new CapstanError('invalid', 'the header Upload-Metadata is too long')
  for (const pair of header.split(',')) {
    const [key, value = '', ...more] = pair.trim().split(' ')
    const isSound = key !== undefined && key !== '' && more.length === 0 && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value)
    if (!isSound || metadata.has(key))
      throw new CapstanError('invalid', 'the header Upload-Metadata must hold unique keys with base64 values')
    metadata.set(key, Buffer.from(value, 'base64'))
  }
  return metadata
}

export type UploadMetadata = ArrivedName & { relativePath: string | null; workflow: string; fingerprint: string | null }

/** What our clients and any other tus client tell about a file. `name` is Uppy's word for `filename`. */
export function readMetadata(metadata: ReadonlyMap<string, Buffer>): UploadMetadata {
  const text = (key: string, lengthMax: number): string | null => {
    const value = metadata.get(key)?.toString('utf8').slice(0, lengthMax)
    return value === undefined || value === '' ? null : value
  }
  const bytes = metadata.get('filename') ?? metadata.get('name') ?? Buffer.alloc(0)
  const named = bytes.length === 0 ? { name: 'upload', nameBytes: null } : nameFromBytes(bytes.subarray(0, 4_096))
  return {
    ...named,
    relativePath: text('relativePath', 4_096),
    workflow: text('workflow', 200) ?? 'ingest',
    fingerprint: text('fingerprint', 300),
  }
}

export type ExpectedChecksum = { algorithm: ChecksumAlgorithm; digest: Buffer }

/** Upload-Checksum: the algorithm's name and the base64 digest of the body. */
export function parseChecksum(header: string | undefined): ExpectedChecksum | null {
  if (header === undefined) return null
  const [name, value, ...more] = header.trim().split(' ')
  const algorithm = CHECKSUM_ALGORITHMS.find((known) => known === name)
  if (!algorithm) throw new CapstanError('invalid', `the checksum algorithm must be one of ${CHECKSUM_ALGORITHMS.join(', ')}`)
  if (!value || more.length > 0) throw new CapstanError('invalid', 'the header Upload-Checksum must hold an algorithm and a base64 digest')
  return { algorithm, digest: Buffer.from(value, 'base64') }
}
