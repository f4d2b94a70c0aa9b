/** One element of ordered XML: its name, its attributes, what is in it. */
export type XmlNode = { name: string; text: string; children: readonly XmlNode[] }

export type OfficeKind = 'docx' | 'xlsx' | 'pptx' | 'odt' | 'ods' | 'odp'

/** What an office package is, by the parts in it; null when it is some other archive. */
export function officeKind(names: readonly string[], mimetype: string | null): OfficeKind | null {
  const openDocument = /^application\/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation)/.exec(mimetype?.trim() ?? '')
  if (openDocument !== null)
    return ({ text: 'odt', spreadsheet: 'ods', presentation: 'odp' } as const)[openDocument[1] as 'text' | 'spreadsheet' | 'presentation']
  const has = (name: string) => names.includes(name)
  if (has('word/document.xml')) return 'docx'
  if (has('xl/workbook.xml')) return 'xlsx'
  return has('ppt/presentation.xml') ? 'pptx' : null
}

/** The parts whose text a person reads, in their order. */
export function textParts(kind: OfficeKind, names: readonly string[]): string[] {
  const numbered = (pattern: RegExp) =>
    names
      .flatMap((name) => {
        const match = pattern.exec(name)
        return match === null ? [] : [{ name, number: Number(match[1] ?? 0) }]
      })
      .sort((a, b) => a.number - b.number)
      .map(({ name }) => name)
  if (kind === 'docx')
    return [
      ...numbered(/^word\/header(\d+)\.xml$/),
      ...numbered(/^word\/document\.xml$/),
      ...numbered(/^word\/(?:footnotes|endnotes|comments)\.xml$/),
    ]
  if (kind === 'xlsx')
    return [...numbered(/^xl\/workbook\.xml$/), ...numbered(/^xl\/sharedStrings\.xml$/), ...numbered(/^xl\/worksheets\/sheet(\d+)\.xml$/)]
  if (kind === 'pptx') return [...numbered(/^ppt\/slides\/slide(\d+)\.xml$/), ...numbered(/^ppt\/notesSlides\/notesSlide(\d+)\.xml$/)]
  return numbered(/^content\.xml$/)
}

/** Slides or sheets, where the parts alone tell. */
export function partCount(kind: OfficeKind, names: readonly string[]): number | null {
  if (kind === 'pptx') return names.filter((name) => /^ppt\/slides\/slide\d+\.xml$/.test(name)).length
  return kind === 'xlsx' ? names.filter((name) => /^xl\/worksheets\/sheet\d+\.xml$/.test(name)).length : null
}

/** Elements that hold what is read: Word and PowerPoint runs, shared and inline strings of Excel. */
const TEXT_ELEMENTS = new Set(['w:t', 'a:t', 't'])
const LINE_ELEMENTS = new Set(['w:p', 'a:p', 'si', 'is', 'text:p', 'text:h', 'table:table-row', 'w:tr'])
const GAP_ELEMENTS = new Set(['w:tab', 'w:br', 'a:br', 'text:tab', 'text:s', 'text:line-break', 'w:tc', 'table:table-cell'])

/** The text of a part, a line for each paragraph. */
export function officeText(root: readonly XmlNode[]): string {
  const pieces: string[] = []
  const walk = (nodes: readonly XmlNode[], inText: boolean): void => {
    for (const node of nodes) {
      if (node.name === '#text') {
        if (inText) pieces.push(node.text)
        continue
      }
      walk(node.children, inText || TEXT_ELEMENTS.has(node.name) || node.name === 'text:p' || node.name === 'text:h')
      if (LINE_ELEMENTS.has(node.name)) pieces.push('\n')
      if (GAP_ELEMENTS.has(node.name)) pieces.push(' ')
    }
  }
  walk(root, false)
  return pieces.join('')
}

export type DocumentProperties = {
  title?: string
  creator?: string
  subject?: string
  keywords?: string
  createdAt?: string
  modifiedAt?: string
  pages?: number
  words?: number
}

const PROPERTY_ELEMENTS: Readonly<Record<string, keyof DocumentProperties>> = {
  'dc:title': 'title',
  'dc:creator': 'creator',
  'dc:subject': 'subject',
  'cp:keywords': 'keywords',
  'meta:keyword': 'keywords',
  'dcterms:created': 'createdAt',
  'meta:creation-date': 'createdAt',
  'dcterms:modified': 'modifiedAt',
  Pages: 'pages',
  Slides: 'pages',
  Words: 'words',
}

/** Properties from docProps/core.xml, docProps/app.xml or meta.xml. */
export function officeProperties(root: readonly XmlNode[]): DocumentProperties {
  const properties: Record<string, string | number> = {}
  const walk = (nodes: readonly XmlNode[]): void => {
    for (const node of nodes) {
      const key = PROPERTY_ELEMENTS[node.name]
      const value = node.children
        .map((child) => child.text)
        .join('')
        .trim()
      if (key !== undefined && value !== '') properties[key] = key === 'pages' || key === 'words' ? Number(value) : value.slice(0, 8192)
      walk(node.children)
    }
  }
  walk(root)
  return properties
}
