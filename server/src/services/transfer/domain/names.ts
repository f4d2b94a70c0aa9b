const BYTES_OF_NAME_MAX = 255

/** A name as text and, where its bytes were no UTF-8, the bytes as base64. */
export type ArrivedName = { name: string; nameBytes: string | null }

/** Keeps any name exactly: what is no UTF-8 is shown with replacement characters and kept as bytes. */
export function nameFromBytes(bytes: Uint8Array): ArrivedName {
  const buffer = Buffer.from(bytes)
  const name = buffer.toString('utf8')
  return { name, nameBytes: Buffer.from(name, 'utf8').equals(buffer) ? null : buffer.toString('base64') }
}

/** `.mov` of `Film.MOV`; empty when the name has none that is safe on every disk. */
export function safeExtension(name: string): string {
  const found = /[^.](\.[A-Za-z0-9]{1,10})$/.exec(name)
  return found ? found[1]!.toLowerCase() : ''
}

/** Where the original of an asset lies in the media storage; its name on disk is ours. */
export const originalPath = (accountId: number, assetId: string, name: string): string =>
  `${accountId}/${assetId}/original/original${safeExtension(name)}`

/** Where the files of a rendition lie in the media storage. */
export const renditionFolder = (accountId: number, assetId: string, renditionId: string): string => `${accountId}/${assetId}/${renditionId}`

/** A name that is safe and readable as a file or folder name on every system; never empty, hidden, a device, or long. */
export function safeName(name: string): string {
  const cleaned = name
    .normalize('NFC')
    .replace(/[\p{C}<>:"/\\|?*]+/gu, '_')
    .replace(/^[\s.\-~]+|[\s.]+$/g, '')
  const short = truncateBytes(cleaned, 120)
  return short === '' || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(short) ? `_${short}` : short
}

function truncateBytes(text: string, bytesMax: number): string {
  let result = ''
  let bytes = 0
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > bytesMax) break
    result += character
  }
  return result.trimEnd()
}

/** A name with `suffix`, and a second one beside it when that is taken, within the limit of file systems. `name` and the answer are bytes. */
export function numberedName(name: Buffer, number: number, suffix = ''): Buffer {
  const ending = Buffer.from(number === 0 ? suffix : `.${number}${suffix}`)
  return Buffer.concat([name.subarray(0, BYTES_OF_NAME_MAX - ending.length), ending])
}
