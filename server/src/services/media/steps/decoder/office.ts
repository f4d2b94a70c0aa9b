import { XMLParser } from 'fast-xml-parser'
import { CapstanError } from '../../../../lib/errors.ts'
import { officeKind, officeProperties, officeText, partCount, textParts, type XmlNode } from '../../domain/document-office.ts'
import type { ReadDocument } from './protocol.ts'
import { openZip, type ZipReader } from './zip.ts'

const PART_BYTES_MAX = 32 * 1024 ** 2
const TEXT_CHARACTERS_MAX = 2_000_000
const THUMBNAILS = ['docProps/thumbnail.jpeg', 'docProps/thumbnail.jpg', 'docProps/thumbnail.png', 'Thumbnails/thumbnail.png']
const PROPERTIES = ['docProps/core.xml', 'docProps/app.xml', 'meta.xml']

/** Text, properties and the picture that an office file carries. Throws `unsupported` for another archive, `too_large` for a bomb. */
export async function readOffice(path: string): Promise<ReadDocument> {
  const zip = await openZip(path)
  try {
    const mimetype = zip.names.includes('mimetype') ? Buffer.from(await zip.read('mimetype', 1024)).toString('utf8') : null
    const kind = officeKind(zip.names, mimetype)
    if (kind === null) throw new CapstanError('unsupported', 'the archive is not an office document')
    const properties = officeProperties(await readParts(zip, PROPERTIES))
    const thumbnail = THUMBNAILS.find((name) => zip.names.includes(name))
    const pages = partCount(kind, zip.names) ?? properties.pages ?? null
    const read = await readText(zip, textParts(kind, zip.names))
    const { pages: _pages, ...said } = properties
    return {
      text: read.text,
      page: thumbnail === undefined ? null : await zip.read(thumbnail, PART_BYTES_MAX),
      facts: { format: kind, pages, properties: said },
      warnings: read.skipped.map((name) => `${name} was too large or not well-formed: its text is missing`),
    }
  } finally {
    zip.close()
  }
}

async function readText(zip: ZipReader, names: readonly string[]): Promise<{ text: string; skipped: string[] }> {
  let text = ''
  const skipped: string[] = []
  for (const name of names) {
    if (text.length > TEXT_CHARACTERS_MAX) break
    const part = await readPart(zip, name).catch((thrown: unknown) => onlyPart(thrown))
    if (part === null) skipped.push(name)
    else text += `${officeText(part)}\n`
  }
  return { text, skipped }
}

/** A part alone that is damaged is left out; a bomb ends everything. */
function onlyPart(thrown: unknown): null {
  if (thrown instanceof CapstanError && thrown.details['bomb'] === true) throw thrown
  return null
}

async function readParts(zip: ZipReader, names: readonly string[]): Promise<XmlNode[]> {
  const present = names.filter((name) => zip.names.includes(name))
  return (await Promise.all(present.map((name) => readPart(zip, name).catch((thrown: unknown) => noPart(thrown))))).flat()
}

const noPart = (thrown: unknown): XmlNode[] => (onlyPart(thrown), [])

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: true,
  removeNSPrefix: false,
})

async function readPart(zip: ZipReader, name: string): Promise<XmlNode[]> {
  const xml = Buffer.from(await zip.read(name, PART_BYTES_MAX)).toString('utf8')
  // Office files have no document type; only an attack with entities brings one.
  if (/<!DOCTYPE/i.test(xml.slice(0, 4096))) throw new CapstanError('invalid', `${name} declares a document type`)
  return toNodes(parser.parse(xml) as unknown)
}

function toNodes(parsed: unknown): XmlNode[] {
  if (!Array.isArray(parsed)) return []
  return parsed.map((element: Record<string, unknown>) => {
    const name = Object.keys(element).find((key) => key !== ':@') ?? ''
    if (name === '#text') return { name, text: String(element[name]), children: [] }
    return { name, text: '', children: toNodes(element[name]) }
  })
}
