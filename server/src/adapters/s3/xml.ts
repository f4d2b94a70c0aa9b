import { XMLParser } from 'fast-xml-parser'

/** An element: its text where it has only that, else its children by name, lists where there may be several. */
export type Xml = { readonly [name: string]: Xml | readonly Xml[] | string | undefined }

const LISTS = new Set(['Contents', 'Upload', 'Error'])

/** Keys are kept as they are: no blanks trimmed, nothing taken for a number. The parser knows no numbered references, and counts the named ones to a limit. */
const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  isArray: (name, path) => LISTS.has(name) && String(path).includes('.'),
})

/** The document's one element. */
export function parseXml(body: Uint8Array): { name: string; element: Xml } {
  const parsed = parser.parse(Buffer.from(body).toString('utf8')) as Record<string, Xml | string>
  const [name = '', element = ''] = Object.entries(parsed).find(([key]) => !key.startsWith('#') && !key.startsWith('?')) ?? []
  return { name, element: typeof element === 'string' ? {} : element }
}

export const textIn = (element: Xml, name: string): string => {
  const value = element[name]
  return typeof value === 'string' ? value.replace(REFERENCE, decoded) : ''
}

const REFERENCE = /&(?:#(\d+)|#x([0-9a-fA-F]+)|(amp|lt|gt|quot|apos));/g
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const decoded = (_: string, decimal?: string, hex?: string, name?: string): string =>
  name === undefined ? String.fromCodePoint(decimal === undefined ? parseInt(hex!, 16) : Number(decimal)) : (NAMED[name] ?? '')

export const listIn = (element: Xml, name: string): readonly Xml[] => {
  const value = element[name]
  return Array.isArray(value) ? (value as readonly Xml[]) : []
}

const ESCAPES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&apos;' }

/** Whatever is no plain character becomes a reference, so that names with blanks or control characters arrive as they are. */
export const escapeXml = (text: string): string =>
  text.replace(/[<>&"']/g, (char) => ESCAPES[char] ?? '').replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => `&#${char.charCodeAt(0)};`)
