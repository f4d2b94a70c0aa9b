import { bufferAt, type Finding, type Reader } from './reader.ts'

/* RIFF (WAV, AVI) and RF64/BW64 (EBU Tech 3306, ITU-R BS.2088). */

const UNKNOWN = 0xffffffff

export const isRiff = (head: Buffer): boolean => /^(RIFF|RF64|BW64)$/.test(head.toString('latin1', 0, 4))

/** The length in the head was written, and the file is at least that long. AVI files of OpenDML have several RIFF chunks. */
export async function checkRiff(reader: Reader): Promise<Finding> {
  const head = await bufferAt(reader, 0, 36)
  if (head.length < 12) return 'it ends within its head'
  const size = head.readUInt32LE(4)
  if (size !== UNKNOWN && size !== 0) return finding(size + 8, reader.sizeBytes)
  const hasLongSize = head.length >= 28 && head.toString('latin1', 12, 16) === 'ds64'
  if (!hasLongSize) return 'its length has not been written yet'
  return finding(Number(head.readBigUInt64LE(20)) + 8, reader.sizeBytes)
}

const finding = (expected: number, actual: number): Finding =>
  actual >= expected ? null : `${expected - actual} of ${expected} bytes are missing`
