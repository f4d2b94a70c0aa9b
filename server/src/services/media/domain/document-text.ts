export type DecodedText = { text: string; charset: string }

/** The text of a file of unknown character set: byte-order mark, then UTF-16 by its zeros, then UTF-8, else Windows-1252, which takes anything. Null when it is no text at all. */
export function decodeText(bytes: Uint8Array): DecodedText | null {
  const charset = charsetOf(bytes)
  const text = new TextDecoder(charset).decode(bytes, { stream: true })
  return looksLikeText(text) ? { text, charset } : null
}

function charsetOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const head = bytes.subarray(0, 4096)
  const zerosAt = (odd: number) => head.reduce((count, byte, i) => count + (byte === 0 && i % 2 === odd ? 1 : 0), 0)
  if (zerosAt(1) > head.length / 8 && zerosAt(0) === 0) return 'utf-16le'
  if (zerosAt(0) > head.length / 8 && zerosAt(1) === 0) return 'utf-16be'
  return isUtf8(bytes) ? 'utf-8' : 'windows-1252'
}

/** A character cut in two by the end of what was read is no fault. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

const CONTROL = /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]/g

function looksLikeText(text: string): boolean {
  const head = text.slice(0, 65536)
  return (head.match(CONTROL)?.length ?? 0) <= head.length / 200
}

/** Text fit for an index: line ends as newlines, no control characters, runs of blank lines as one; at most `charactersMax`. */
export function tidyText(text: string, charactersMax: number): { text: string; truncated: boolean } {
  const tidy = text
    .replace(/\r\n?/g, '\n')
    // eslint would rather have no control characters in a pattern; here they are the point.
    .replace(CONTROL, '')
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
  if (tidy.length <= charactersMax) return { text: tidy, truncated: false }
  return { text: tidy.slice(0, charactersMax).replace(/[\ud800-\udbff]$/, ''), truncated: true }
}
