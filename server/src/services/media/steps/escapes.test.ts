import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import type { MediaTools } from '../ports/media-tools.ts'
import { document } from './document.ts'
import { image } from './image.ts'
import { stepInput, testFolder, testTools } from './pictures.fixture.ts'

const SECRET = 'capstan-secret-neighbour'

let folder: string
let tools: MediaTools
/** Beside every hostile file: a text with the secret, and a picture that is white all over. */
let text: string
let picture: string
beforeAll(async () => {
  folder = await testFolder()
  tools = await testTools(join(folder, 'work'))
  text = join(folder, 'secret.txt')
  picture = join(folder, 'white.png')
  await writeFile(text, SECRET)
  await sharp({ create: { width: 80, height: 80, channels: 3, background: '#fff' } })
    .png()
    .toFile(picture)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Decodes a file; answers all that was written and said, and how white its largest picture is. */
async function leaked(step: typeof image, path: string): Promise<{ said: string; white: number | null }> {
  const outDir = `${path}-out`
  await mkdir(outDir)
  const made = await step(tools)(await stepInput(path, outDir, null))
  const files = (await readdir(outDir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const contents = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')))
  const largest = made.renditions.filter(({ kind }) => kind === 'image').at(-1)
  const stats = largest && (await sharp(join(outDir, largest.name, largest.mainFile)).stats())
  return {
    said: JSON.stringify(made) + contents.join(''),
    white: stats ? Math.min(...stats.channels.slice(0, 3).map(({ mean }) => mean)) : null,
  }
}

test('an SVG with external entities, links and styles shows nothing of other files', async () => {
  const path = join(folder, 'evil.svg')
  const links = [picture, 'white.png', 'file:///in/0'].flatMap((target) => [
    `<image xlink:href="file://${target}" width="80" height="80"/>`,
    `<image href="${target}" width="80" height="80"/>`,
    `<use href="${target}#x"/>`,
  ])
  await writeFile(
    path,
    `<?xml version="1.0"?><?xml-stylesheet href="file://${text}"?><!DOCTYPE svg [<!ENTITY passwd SYSTEM "file:///etc/passwd"><!ENTITY secret SYSTEM "file://${text}"><!ENTITY % more SYSTEM "file://${text}">]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="80" height="80"><rect width="80" height="80" fill="#200000"/>${links.join('')}
<style>@import url("file://${text}"); rect { fill: url("file://${picture}") #200000 }</style><text fill="#fff" font-size="40" x="0" y="40">&secret;&passwd;</text></svg>`,
  )
  const made = await leaked(image, path).catch((thrown: unknown) => ({ said: String(thrown), white: 0 }))
  expect(made.said).not.toContain(SECRET)
  expect(made.white).toBeLessThan(5)
})

test('a TIFF whose tags name other files is only a picture', async () => {
  const path = join(folder, 'evil.tiff')
  const exif = { IFD0: { ImageDescription: `file://${text}`, DocumentName: `@${text}`, Software: `|cat ${text}` } }
  await sharp({ create: { width: 80, height: 80, channels: 3, background: '#200000' } })
    .withExif(exif)
    .tiff()
    .toFile(path)
  const made = await leaked(image, path)
  expect(made.said).not.toContain(SECRET)
  expect(made.white).toBeLessThan(5)
})

test('a PDF whose streams lie in other files stays empty there', async () => {
  const path = join(folder, 'evil.pdf')
  const elsewhere = (file: string) => `/F << /Type /Filespec /F (${file}) /UF (${file}) >>`
  const body = 'q 80 0 0 80 0 0 cm /X Do Q'
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /GoToR /F (/etc/passwd) /D [0 /Fit] >> >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 80 80] /Resources << /XObject << /X 5 0 R >> >> /Contents [4 0 R 6 0 R] >>',
    `<< /Length ${body.length} >>\nstream\n${body}\nendstream`,
    `<< /Type /XObject /Subtype /Image /Width 80 /Height 80 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Length 0 ${elsewhere(picture)} >>\nstream\n\nendstream`,
    `<< /Length 0 ${elsewhere(text)} >>\nstream\n\nendstream`,
  ]
  await writeFile(
    path,
    `%PDF-1.4\n${objects.map((object, index) => `${index + 1} 0 obj\n${object}\nendobj\n`).join('')}trailer << /Root 1 0 R >>\n%%EOF`,
  )
  expect((await leaked(document, path)).said).not.toContain(SECRET)
})

test('a Word file with external entities and pictures tells nothing of other files', async () => {
  const path = join(folder, 'evil.docx')
  const zip = new ZipFile()
  const part = (name: string, content: string) => zip.addBuffer(Buffer.from(content), name)
  part(
    'word/document.xml',
    `<!DOCTYPE w [<!ENTITY x SYSTEM "file://${text}">]><w:document><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>`,
  )
  part('word/header1.xml', `<w:hdr><w:p><w:r><w:instrText>INCLUDETEXT "${text}"</w:instrText></w:r></w:p></w:hdr>`)
  part(
    'word/_rels/document.xml.rels',
    `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="file://${text}" TargetMode="External"/></Relationships>`,
  )
  part(
    'docProps/core.xml',
    `<!DOCTYPE c [<!ENTITY x SYSTEM "file://${text}">]><cp:coreProperties><dc:title>&x;</dc:title></cp:coreProperties>`,
  )
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(path))
  expect((await leaked(document, path)).said).not.toContain(SECRET)
})
