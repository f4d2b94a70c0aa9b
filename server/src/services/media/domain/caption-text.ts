const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  nbsp: '\u00a0',
  lrm: '\u200e',
  rlm: '\u200f',
  quot: '"',
  apos: "'",
}
const KEPT = /^<(\/?)([biu])(?:[.\s][^>]*)?>$/i
/** What a tag looks like; a lone `<` is text. */
const TAG = /(<\/?[a-z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\})/i

/**
 * One cue's text as WebVTT cue text (W3C WebVTT, 4.2.2) that holds nothing but words, line breaks and well nested b, i and u: every other tag,
 * ASS override and control character is left out, everything else is escaped. Empty when nothing is left to read.
 */
export function captionText(raw: string, charactersMax: number): string {
  const open: string[] = []
  const parts = raw.slice(0, charactersMax).split(TAG)
  const text = parts.map((part, index) => (index % 2 === 0 ? words(part) : markup(part, open))).join('')
  const closed =
    text +
    open
      .reverse()
      .map((name) => `</${name}>`)
      .join('')
  const lines = closed
    .split(/\r\n?|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return lines.join('\n').replace(/<[^>]*>|\s/g, '') === '' ? '' : lines.join('\n')
}

function markup(tag: string, open: string[]): string {
  const [, slash, letter] = KEPT.exec(tag) ?? []
  if (letter === undefined) return ''
  const name = letter.toLowerCase()
  if (slash === '') {
    if (open.includes(name)) return ''
    open.push(name)
    return `<${name}>`
  }
  if (!open.includes(name)) return ''
  const closing = open.splice(open.indexOf(name)).reverse()
  return closing.map((inner) => `</${inner}>`).join('')
}

const words = (text: string): string =>
  text
    .replace(/&(#x?[\da-f]{1,6}|[a-z]+);/gi, (whole, name: string) => decoded(name) ?? whole)
    .replace(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}\ufeff]/gu, (character) => (character === '\t' || character === '\r' ? ' ' : ''))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')

function decoded(name: string): string | null {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? null
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
  return Number.isInteger(code) && code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : null
}
