import { notFound } from '../../lib/errors.ts'
import { inLanes } from './in-lanes.ts'
import { damaged, type PartSent, type S3Objects, type Stored } from './objects.ts'
import { partsOf } from './parts.ts'

const LANES = 4

/**
 * Copies within the bucket, at the server. What lies there in one piece is copied by one request, as S3 allows up to 5 GiB, which is also the most that
 * one piece can have; the rest by its parts, so that the copy has the same sum as its source. It stays on one version of the source.
 */
export async function copy(objects: S3Objects, from: string, to: string): Promise<{ sizeBytes: number }> {
  const source = await objects.find(from)
  if (!source) throw notFound('file', from)
  if (from === to) return { sizeBytes: source.sizeBytes }
  const isOnePiece = !source.etag.includes('-')
  const etag = isOnePiece ? await objects.copyWhole(from, source.etag, to) : await copyParts(objects, { from, to, source })
  const made = await objects.find(to)
  const isSame = made?.etag === etag && made.sizeBytes === source.sizeBytes && hasSameSum(made, source, isOnePiece)
  if (!isSame) throw damaged(to)
  return { sizeBytes: source.sizeBytes }
}

/** Parts that somebody else cut are cut anew, and their sum is another one. */
function hasSameSum(made: Stored, source: Stored, isOnePiece: boolean): boolean {
  if (!isOnePiece && !source.isCutByUs) return true
  const isSame = (one: string | null, other: string | null) => one === null || other === null || one === other
  return isSame(made.sha256, source.sha256) && isSame(made.md5, source.md5)
}

async function copyParts(objects: S3Objects, { from, to, source }: { from: string; to: string; source: Stored }): Promise<string | null> {
  // Servers differ in what sum they give a part that was copied; all of them give it an ETag.
  const uploadId = await objects.begin(to, { isSummed: false })
  try {
    const parts: PartSent[] = []
    await inLanes(partsOf(source.sizeBytes), LANES, async (part) => {
      parts.push(await objects.copyPart({ from, etag: source.etag, to, uploadId, part }))
    })
    const inOrder = parts.toSorted((one, other) => one.number - other.number)
    return await objects.complete(to, uploadId, inOrder)
  } catch (error) {
    await objects.abort(to, uploadId, 1).catch(() => {})
    throw error
  }
}
