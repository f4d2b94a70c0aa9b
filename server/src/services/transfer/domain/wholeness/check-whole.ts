import { checkIsobmff, isIsobmff } from './isobmff.ts'
import { checkMxf, isMxf } from './mxf.ts'
import { bufferAt, type Finding, type Reader } from './reader.ts'
import { checkRiff, isRiff } from './riff.ts'

const HEAD_BYTES = 65_536 + 16

/** Whether the structure of a file says that it is all there. Formats that say nothing of their end are whole when they are quiet. */
export async function checkWhole(reader: Reader): Promise<Finding> {
  const head = await bufferAt(reader, 0, Math.min(HEAD_BYTES, reader.sizeBytes))
  if (head.length < 8) return null
  if (isIsobmff(head)) return checkIsobmff(reader)
  if (isRiff(head)) return checkRiff(reader)
  if (isMxf(head)) return checkMxf(reader)
  return null
}
