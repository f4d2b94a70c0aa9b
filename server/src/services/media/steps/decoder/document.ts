import { open, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileTypeFromFile } from 'file-type'
import sharp from 'sharp'
import { CapstanError } from '../../../../lib/errors.ts'
import { decodeText, tidyText } from '../../domain/document-text.ts'
import type { EmbeddedFacts } from '../../domain/image-facts.ts'
import { withEmbedded } from './embedded.ts'
import { writeSizes } from './image.ts'
import { readOffice } from './office.ts'
import { pageByOffice } from './office-page.ts'
import type { Decoded, DecoderTask, ReadDocument } from './protocol.ts'

const TEXT_CHARACTERS_MAX = 2_000_000
const TEXT_BYTES_READ_MAX = 8 * 1024 ** 2
const DOCUMENT_BYTES_MAX = 512 * 1024 ** 2

/** First page as a picture, text as UTF-8, and what the document says of itself. */
export async function decodeDocument(job: DecoderTask): Promise<Decoded> {
  const { size } = await stat(job.path)
  if (size > DOCUMENT_BYTES_MAX)
    throw new CapstanError('too_large', `a document of ${size} bytes is larger than the ${DOCUMENT_BYTES_MAX} that are opened`)
  const read = await readDocument(job)
  const page = read.page === null ? { pictures: [], warnings: [] } : await writePage(read.page, job.outDir)
  return {
    ok: true,
    pictures: page.pictures,
    text: await writeText(read.text, job.outDir),
    facts: read.facts,
    warnings: [...read.warnings, ...page.warnings],
  }
}

async function readDocument(job: DecoderTask): Promise<ReadDocument> {
  const sniffed = await fileTypeFromFile(job.path)
  const mime = sniffed?.mime ?? ''
  if (mime === 'application/pdf') {
    const { readPdf } = await import('./pdf.ts')
    const read = await readPdf(job.path)
    const { takenAt, ...said } = await withEmbedded(job.path, job.outDir, async (found): Promise<EmbeddedFacts> => found?.facts ?? {})
    return { ...read, facts: { ...read.facts, properties: { ...said, ...(takenAt === undefined ? {} : { createdAt: takenAt }) } } }
  }
  if (mime === 'application/zip' || mime.includes('officedocument') || mime.includes('opendocument')) {
    const read = await readOffice(job.path)
    const drawn = await pageByOffice(job)
    return { ...read, page: drawn ?? read.page }
  }
  if (sniffed !== undefined && !mime.startsWith('text/') && mime !== 'application/xml')
    throw new CapstanError('unsupported', `there is no reader for ${mime}`)
  return readPlain(job.path)
}

async function readPlain(path: string): Promise<ReadDocument> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TEXT_BYTES_READ_MAX), 0, TEXT_BYTES_READ_MAX, 0)
    const decoded = decodeText(buffer.subarray(0, bytesRead))
    if (decoded === null) throw new CapstanError('unsupported', 'the file is neither a known document nor text')
    return { text: decoded.text, page: null, facts: { format: 'text', charset: decoded.charset }, warnings: [] }
  } finally {
    await file.close()
  }
}

async function writeText(text: string, outDir: string): Promise<Decoded['text']> {
  const tidy = tidyText(text, TEXT_CHARACTERS_MAX)
  if (tidy.text === '') return null
  await writeFile(join(outDir, 'text.txt'), tidy.text)
  return { file: 'text.txt', characters: tidy.text.length, truncated: tidy.truncated }
}

async function writePage(page: Uint8Array, outDir: string) {
  const { width, height } = await sharp(page).metadata()
  return writeSizes({ draw: (failOn) => sharp(page, { failOn }).flatten({ background: '#fff' }), size: { width, height } }, outDir)
}
