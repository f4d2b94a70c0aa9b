import { readFile } from 'node:fs/promises'
import { PDFiumLibrary, type PDFiumDocument } from '@hyzyla/pdfium'
import sharp from 'sharp'
import { CapstanError } from '../../../../lib/errors.ts'
import type { ReadDocument } from './protocol.ts'

const PAGE_LONG_SIDE = 1600
const SCALE_MAX = 4
const TEXT_PAGES_MAX = 2000
const TEXT_CHARACTERS_MAX = 2_000_000

/** Pages, text and the first page of a PDF. Throws `unsupported` when it wants a password, `invalid` when it is none. */
export async function readPdf(path: string): Promise<ReadDocument> {
  const library = await PDFiumLibrary.init()
  const document = await library.loadDocument(await readFile(path)).catch(refuse)
  const pages = document.getPageCount()
  const page = pages === 0 ? null : await drawFirstPage(document)
  return { text: textOf(document, pages), page, facts: { format: 'pdf', pages }, warnings: [] }
}

function refuse(thrown: unknown): never {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (/password/i.test(message)) throw new CapstanError('unsupported', 'the PDF is protected by a password', { cause: thrown })
  throw new CapstanError('invalid', `the PDF could not be opened: ${message}`, { cause: thrown })
}

async function drawFirstPage(document: PDFiumDocument): Promise<Uint8Array> {
  const page = document.getPage(0)
  const { originalWidth, originalHeight } = page.getOriginalSize()
  const scale = Math.min(SCALE_MAX, PAGE_LONG_SIDE / Math.max(1, originalWidth, originalHeight))
  const { data } = await page.render({
    scale,
    render: ({ data: pixels, width, height }) =>
      sharp(pixels, { raw: { width, height, channels: 4 } })
        .png({ compressionLevel: 1 })
        .toBuffer(),
  })
  return data
}

function textOf(document: PDFiumDocument, pages: number): string {
  let text = ''
  for (let page = 0; page < Math.min(pages, TEXT_PAGES_MAX) && text.length <= TEXT_CHARACTERS_MAX; page++)
    text += `${document.getPage(page).getText()}\n\n`
  return text
}
