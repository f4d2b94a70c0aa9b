/** Control characters, line separators, and what turns the direction of writing: all of it could make a line say something else. */
const STEERING = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Escapes what could steer a terminal: names come from strangers. */
export const plain = (text: string): string => text.replace(STEERING, escaped)

/** The same for text of several lines that we made ourselves. */
export const plainLines = (text: string): string => text.split('\n').map(plain).join('\n')

/** What is escaped is still the same JSON. */
const jsonText = (value: unknown, indent?: number): string => plainLines(JSON.stringify(value, null, indent))

export const printJson = (value: unknown): void => void process.stdout.write(`${jsonText(value, 2)}\n`)

/** One object a line, for streams. */
export const printJsonLine = (value: unknown): void => void process.stdout.write(`${jsonText(value)}\n`)

export const printLine = (text: string): void => void process.stdout.write(`${text}\n`)

/** The answer of a command: all of it as JSON, or a line for people. */
export function answer({ json }: { json: boolean }, value: unknown, text: string): void {
  if (json) printJson(value)
  else printLine(text)
}

const CELL_MAX = 60

/** Columns as wide as their widest cell, at most 60; the last one is never cut. */
export function printTable(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): void {
  const cells = rows.map((row) => row.map((cell) => plain(String(cell ?? ''))))
  const widths = head.map((title, column) => Math.min(CELL_MAX, Math.max(title.length, ...cells.map((row) => widthOf(row[column] ?? '')))))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === head.length - 1 ? cell : fit(cell, widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  printLine(line(head.map((title) => title.toUpperCase())))
  for (const row of cells) printLine(line(row))
}

const graphemes = new Intl.Segmenter()
const WIDE = /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u

const cellsOf = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : 1)

/** Columns of a terminal. */
const widthOf = (text: string): number => [...graphemes.segment(text)].reduce((sum, { segment }) => sum + cellsOf(segment), 0)

function fit(cell: string, width: number): string {
  const own = widthOf(cell)
  if (own <= width) return cell + ' '.repeat(width - own)
  let text = ''
  let used = 0
  for (const { segment } of graphemes.segment(cell)) {
    if (used + cellsOf(segment) > width - 1) break
    text += segment
    used += cellsOf(segment)
  }
  return `${text}…${' '.repeat(width - 1 - used)}`
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

export function sizeText(bytes: number | null): string {
  if (bytes === null) return ''
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1_000 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`
}

export const durationText = (durationUs: number | null): string => {
  if (durationUs === null) return ''
  const seconds = Math.round(durationUs / 1e6)
  const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}
