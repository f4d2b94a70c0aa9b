/** A file as the checks see it. */
export type Reader = {
  sizeBytes: number
  /** Up to `length` bytes; fewer at the end. */
  readAt(position: number, length: number): Promise<Uint8Array>
}

/** Null: nothing speaks against it. Otherwise what is missing, as words after "incomplete: ". */
export type Finding = string | null

export async function bufferAt(reader: Reader, position: number, length: number): Promise<Buffer> {
  const bytes = await reader.readAt(position, length)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
