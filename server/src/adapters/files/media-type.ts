import type { FileHandle } from 'node:fs/promises'
import { fileTypeFromBuffer } from 'file-type'

const HEAD_BYTES = 64 << 10

/** The type that a file's first bytes show; names and clients are not believed. */
export async function mediaTypeOf(handle: FileHandle, sizeBytes: number): Promise<string> {
  const head = Buffer.alloc(Math.min(HEAD_BYTES, sizeBytes))
  if (head.length === 0) return 'application/octet-stream'
  const { bytesRead } = await handle.read(head, 0, head.length, 0)
  const bytes = head.subarray(0, bytesRead)
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined)
  if (found) return found.mime
  return isText(bytes) ? 'text/plain' : 'application/octet-stream'
}

function isText(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false
  // A character may be cut in two at the end of what was read.
  const text = new TextDecoder('utf-8').decode(bytes.subarray(0, 4_096), { stream: true })
  return !text.includes('\uFFFD')
}
