import { bufferAt, type Finding, type Reader } from './reader.ts'

/* SMPTE ST 377-1: partitions, the last one a footer, and a random index pack at the very end. */

const PARTITION = Buffer.from('060e2b34020501010d01020101', 'hex')
const RANDOM_INDEX = Buffer.from('060e2b34020501010d01020101110100', 'hex')
const RUN_IN_BYTES_MAX = 65_536
const PACK_BYTES = 128
const ENTRIES_MAX = 100_000

export const isMxf = (head: Buffer): boolean => head.subarray(0, RUN_IN_BYTES_MAX + PARTITION.length).includes(PARTITION)

/** The footer that the header names is there; without one, the random index pack at the end is, and every partition it lists. */
export async function checkMxf(reader: Reader): Promise<Finding> {
  const head = await bufferAt(reader, 0, RUN_IN_BYTES_MAX + PACK_BYTES)
  const start = head.indexOf(PARTITION)
  const footer = start < 0 ? null : footerOf(head.subarray(start))
  if (footer === null) return 'it ends within its head'
  if (footer > 0) return (await isPartition(reader, start + footer)) ? checkTail(reader, start + footer) : 'the footer is missing'
  const partitions = await readRandomIndex(reader)
  if (!partitions) return 'the header is still open and there is no footer yet'
  for (const offset of partitions) if (!(await isPartition(reader, start + offset))) return 'a partition is missing'
  return null
}

/** Offset of the footer partition from the header; 0 while it is not known, null when the pack is cut. */
function footerOf(pack: Buffer): number | null {
  const value = valueStart(pack)
  // Version (2 + 2), KAG size (4), this partition (8), previous partition (8), then the footer's offset.
  return value === null || pack.length < value + 32 ? null : Number(pack.readBigUInt64BE(value + 24))
}

/** Behind key and BER length. */
function valueStart(pack: Buffer): number | null {
  if (pack.length < 17) return null
  const first = pack[16]!
  return first < 0x80 ? 17 : 17 + (first & 0x7f)
}

/** From the footer on, every item of a key, a length and a value lies within the file. */
async function checkTail(reader: Reader, footer: number): Promise<Finding> {
  let position = footer
  for (let items = 0; position < reader.sizeBytes && items < ENTRIES_MAX; items++) {
    const head = await bufferAt(reader, position, 25)
    const isKey = head.subarray(0, 4).equals(PARTITION.subarray(0, Math.min(4, head.length)))
    if (!isKey) return null
    const value = valueStart(head)
    if (value === null || head.length < value) return 'it ends within the footer'
    const length = value === 17 ? head[16]! : Number(BigInt(`0x0${head.subarray(17, value).toString('hex')}`))
    position += value + length
  }
  return position <= reader.sizeBytes ? null : 'it ends within the footer'
}

async function isPartition(reader: Reader, position: number): Promise<boolean> {
  if (position >= reader.sizeBytes) return false
  return (await bufferAt(reader, position, PARTITION.length)).equals(PARTITION)
}

async function readRandomIndex(reader: Reader): Promise<number[] | null> {
  const tail = await bufferAt(reader, Math.max(0, reader.sizeBytes - 4), 4)
  if (tail.length < 4) return null
  const length = tail.readUInt32BE(0)
  if (length < 20 || length > Math.min(reader.sizeBytes, ENTRIES_MAX * 12 + 32)) return null
  const pack = await bufferAt(reader, reader.sizeBytes - length, length)
  const value = valueStart(pack)
  if (value === null || !pack.subarray(0, 16).equals(RANDOM_INDEX)) return null
  const offsets: number[] = []
  for (let position = value; position + 12 <= pack.length - 4; position += 12) offsets.push(Number(pack.readBigUInt64BE(position + 4)))
  return offsets
}
