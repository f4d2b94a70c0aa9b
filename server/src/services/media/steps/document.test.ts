import { createWriteStream } from 'node:fs'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import type { MediaTools } from '../ports/media-tools.ts'
import { document } from './document.ts'
import { stepInput, testFolder, testTools } from './pictures.fixture.ts'

const MEDIA = process.env['CAPSTAN_TEST_MEDIA']

let folder: string
let tools: MediaTools
beforeAll(async () => {
  folder = await testFolder()
  tools = await testTools(join(folder, 'work'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function read(path: string) {
  const outDir = `${path}-out`
  await mkdir(outDir)
  const result = await document(tools)(await stepInput(path, outDir, null))
  const text = result.renditions.some(({ kind }) => kind === 'text') ? await readFile(join(outDir, 'text', 'text.txt'), 'utf8') : null
  return { ...result, text, facts: result.output!['document'] as Record<string, unknown> }
}

async function documentOf(name: string, content: Uint8Array) {
  const path = join(folder, name)
  await writeFile(path, content)
  return read(path)
}

async function zipOf(name: string, parts: Readonly<Record<string, string | Buffer>>) {
  const zip = new ZipFile()
  for (const [part, content] of Object.entries(parts)) zip.addBuffer(Buffer.from(content), part)
  zip.end()
  const path = join(folder, name)
  await pipeline(zip.outputStream, createWriteStream(path))
  return read(path)
}

/** The smallest PDF of so many pages, one line on each. */
function pdf(lines: readonly string[]): Buffer {
  const kids = lines.map((_, i) => `${4 + i * 2} 0 R`).join(' ')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${lines.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...lines.flatMap((line, i) => {
      const stream = `BT /F1 40 Tf 30 100 Td (${line}) Tj ET`
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + i * 2} 0 R >>`,
        `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
      ]
    }),
  ]
  return Buffer.from(`%PDF-1.4\n${objects.map((body, i) => `${i + 1} 0 obj\n${body}\nendobj\n`).join('')}trailer << /Root 1 0 R >>\n%%EOF`)
}

test('a PDF has its pages counted, its text read and its first page drawn', async () => {
  const { facts, text, renditions, warnings } = await documentOf('two.pdf', pdf(['Capstan hauls', 'second page']))
  expect(facts).toMatchObject({ format: 'pdf', pages: 2 })
  expect(text).toBe('Capstan hauls\n\nsecond page')
  expect(warnings).toEqual([])
  expect(renditions.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'image image-320',
    'image image-1280',
    'image image-2560',
    'text text',
  ])
  const page = await sharp(join(folder, 'two.pdf-out', 'image-1280', 'image.jpg')).stats()
  expect(page.channels[0]!.mean).toBeGreaterThan(200)
  expect(page.channels[0]!.min).toBeLessThan(40)
})

test('a Word file has its text and properties, its thumbnail is the page', async () => {
  const thumbnail = await sharp({ create: { width: 200, height: 280, channels: 3, background: '#abc' } })
    .jpeg()
    .toBuffer()
  const { facts, text, renditions } = await zipOf('letter.docx', {
    'word/document.xml':
      '<?xml version="1.0"?><w:document xmlns:w="w"><w:body><w:p><w:r><w:t>Dear &amp; Größe</w:t></w:r></w:p></w:body></w:document>',
    'docProps/core.xml':
      '<cp:coreProperties><dc:title>Letter</dc:title><dcterms:created xsi:type="dcterms:W3CDTF">2026-01-02T03:04:05Z</dcterms:created></cp:coreProperties>',
    'docProps/app.xml': '<Properties><Pages>3</Pages></Properties>',
    'docProps/thumbnail.jpeg': thumbnail,
  })
  expect(facts).toEqual({ format: 'docx', pages: 3, properties: { title: 'Letter', createdAt: '2026-01-02T03:04:05Z' } })
  expect(text).toBe('Dear & Größe')
  expect(renditions.map(({ name }) => name)).toEqual(['image-320', 'text'])
})

test('sheets and slides are counted and read', async () => {
  const sheet = await zipOf('budget.xlsx', {
    'xl/workbook.xml': '<workbook/>',
    'xl/sharedStrings.xml': '<sst><si><t>Income</t></si><si><r><t>Out</t></r><r><t>lay</t></r></si></sst>',
    'xl/worksheets/sheet1.xml': '<worksheet><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>',
  })
  expect([sheet.facts['pages'], sheet.text]).toEqual([1, 'Income\nOutlay'])
  const slides = await zipOf('talk.pptx', {
    'ppt/presentation.xml': '<p:presentation/>',
    'ppt/slides/slide1.xml': '<p:sld><a:p><a:r><a:t>First</a:t></a:r></a:p></p:sld>',
    'ppt/slides/slide2.xml': '<p:sld><a:p><a:r><a:t>Second</a:t></a:r></a:p></p:sld>',
  })
  expect([slides.facts['pages'], slides.text]).toEqual([2, 'First\n\nSecond'])
})

test('OpenDocument text', async () => {
  const { facts, text } = await zipOf('note.odt', {
    mimetype: 'application/vnd.oasis.opendocument.text',
    'content.xml':
      '<office:document-content><office:body><text:h>Head</text:h><text:p>Some <text:span>spanned</text:span> words</text:p></office:body></office:document-content>',
    'meta.xml': '<office:document-meta><office:meta><dc:title>Note</dc:title></office:meta></office:document-meta>',
  })
  expect(facts).toMatchObject({ format: 'odt', properties: { title: 'Note' } })
  expect(text).toBe('Head\nSome spanned words')
})

test('plain text of an old character set', async () => {
  const { facts, text, renditions } = await documentOf('alt.csv', Buffer.from('Name;Größe\r\nKöln;5', 'latin1'))
  expect(facts).toEqual({ format: 'text', charset: 'windows-1252' })
  expect(text).toBe('Name;Größe\nKöln;5')
  expect(renditions).toHaveLength(1)
})

describe('hostile documents', () => {
  test('a zip bomb is refused', async () => {
    const bomb = Buffer.alloc(24 * 1024 ** 2)
    await expect(zipOf('bomb.docx', { 'word/document.xml': bomb })).rejects.toMatchObject({ code: 'too_large' })
  })

  test('a document type in office XML is not read', async () => {
    const part = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document><w:p><w:t>&x;</w:t></w:p></w:document>'
    const { text, warnings } = await zipOf('entity.docx', { 'word/document.xml': part })
    expect(text).toBeNull()
    expect(warnings).toEqual([expect.stringMatching(/document.xml/)])
  })

  test('a broken PDF, another archive and a binary are refused', async () => {
    await expect(documentOf('broken.pdf', Buffer.from('%PDF-1.7\nnothing here'))).rejects.toMatchObject({ code: 'invalid' })
    await expect(zipOf('other.docx', { 'a.txt': 'a' })).rejects.toMatchObject({ code: 'unsupported' })
    await expect(documentOf('binary.txt', Buffer.from(Array.from({ length: 3000 }, (_, i) => i % 32)))).rejects.toMatchObject({
      code: 'unsupported',
    })
  })
})

describe.skipIf(MEDIA === undefined)('real documents', () => {
  test.each([
    ['document/with-attachment.pdf', /one attachment/, [4]],
    // LibreOffice draws the first page in three sizes where it is installed.
    ['document/fully-featured.docx', /SUPERCALIFRAGILISTICEXPIALIDOCIOUS/, [1, 4]],
    ['caption/documentary.srt', /-->/, [1]],
  ])('%s', async (name, words, renditions) => {
    const path = join(folder, name.replace('/', '-'))
    await copyFile(join(MEDIA!, name), path)
    const made = await read(path)
    expect(made.text).toMatch(words)
    expect(renditions).toContain(made.renditions.length)
  })
})
