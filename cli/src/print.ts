/** Escapes what could steer a terminal: names come from strangers. */
export const plain = (text: string): string =>
  text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)

export const printLine = (text: string): void => void process.stdout.write(`${text}\n`)

/** Columns as wide as their widest cell, at most 60 characters. */
export function printTable(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): void {
  const cells = rows.map((row) => row.map((cell) => plain(String(cell ?? ''))))
  const widths = head.map((title, column) => Math.min(60, Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0))))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => clip(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  printLine(line(head.map((title) => title.toUpperCase())))
  for (const row of cells) printLine(line(row))
}

const clip = (cell: string, width: number): string => (cell.length > width ? `${cell.slice(0, width - 1)}…` : cell.padEnd(width))

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
