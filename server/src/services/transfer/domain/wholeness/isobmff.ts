import { bufferAt, type Finding, type Reader } from './reader.ts'

/* ISO/IEC 14496-12 and QuickTime: boxes of a size and a type, one after another up to the end of the file. */

type Box = { type: string; start: number; bodyStart: number; end: number }

const MOOV_BYTES_MAX = 64 << 20
const BOXES_MAX = 100_000
const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl'])

export const isIsobmff = (head: Buffer): boolean => /^(ftyp|moov|mdat|wide|free|skip|pnot)$/.test(head.toString('latin1', 4, 8))

/** The sample table is there, and every sample offset and every box lies within the file. */
export async function checkIsobmff(reader: Reader): Promise<Finding> {
  let moov: Box | null = null
  let position = 0
  for (let boxes = 0; position < reader.sizeBytes && boxes < BOXES_MAX; boxes++) {
    const box = await readBox(reader, position)
    if (!box) return 'it ends within the head of a box'
    if (box.end > reader.sizeBytes) return `its "${box.type}" box ends ${box.end - reader.sizeBytes} bytes behind the end of the file`
    if (box.type === 'moov') moov = box
    position = box.end
  }
  if (!moov) return 'the index (moov) is missing'
  if (moov.end - moov.start > MOOV_BYTES_MAX) return null
  const offset = lastSampleOffset(await bufferAt(reader, moov.bodyStart, moov.end - moov.bodyStart))
  return offset < reader.sizeBytes ? null : 'the index (moov) names samples behind the end of the file'
}

async function readBox(reader: Reader, start: number): Promise<Box | null> {
  const head = await bufferAt(reader, start, 16)
  if (head.length < 8) return null
  const size = head.readUInt32BE(0)
  const type = head.toString('latin1', 4, 8)
  if (size === 0) return { type, start, bodyStart: start + 8, end: reader.sizeBytes }
  if (size !== 1) return size < 8 ? null : { type, start, bodyStart: start + 8, end: start + size }
  if (head.length < 16) return null
  const large = Number(head.readBigUInt64BE(8))
  return large < 16 ? null : { type, start, bodyStart: start + 16, end: start + large }
}

/** The largest chunk offset of all tracks; 0 when there is none. */
function lastSampleOffset(box: Buffer, depth = 0): number {
  let largest = 0
  for (let position = 0; position + 8 <= box.length;) {
    const size = box.readUInt32BE(position)
    if (size < 8 || position + size > box.length) break
    const type = box.toString('latin1', position + 4, position + 8)
    const body = box.subarray(position + 8, position + size)
    if (CONTAINERS.has(type) && depth < 8) largest = Math.max(largest, lastSampleOffset(body, depth + 1))
    if (type === 'stco') largest = Math.max(largest, largestOffset(body, 4))
    if (type === 'co64') largest = Math.max(largest, largestOffset(body, 8))
    position += size
  }
  return largest
}

function largestOffset(table: Buffer, width: 4 | 8): number {
  if (table.length < 8) return 0
  const count = Math.min(table.readUInt32BE(4), Math.floor((table.length - 8) / width))
  let largest = 0
  for (let index = 0; index < count; index++) {
    const at = 8 + index * width
    largest = Math.max(largest, width === 4 ? table.readUInt32BE(at) : Number(table.readBigUInt64BE(at)))
  }
  return largest
}
