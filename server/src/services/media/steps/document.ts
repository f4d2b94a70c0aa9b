import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { runDecoder } from './decoder/run-decoder.ts'
import { DECODER, pictureRenditions, withWorkFolder } from './decoded-renditions.ts'
import type { Decoded } from './decoder/protocol.ts'
import type { MadeRendition, StepOf } from './step.ts'

/**
 * A document's text (`text`: text.txt in UTF-8, at most two million characters) and its first page as pictures (`image-…`) where one can be
 * drawn: PDF, office files that carry a thumbnail, any office file where LibreOffice is installed. `output.document` holds pages and
 * properties. Decodes in a sandboxed process of its own; throws `invalid`, `unsupported`, `too_large` or `timeout`.
 */
export const document: StepOf = (tools) => (input) =>
  withWorkFolder(input, async (work) => {
    const decoded = await runDecoder(tools, { task: 'document', source: input.source, outDir: work, signal: input.signal })
    input.log('document read', { format: decoded.facts['format'], characters: decoded.text?.characters ?? 0 })
    const pictures = await pictureRenditions(decoded.pictures, work, input.outDir)
    const text = decoded.text === null ? [] : [await textRendition(decoded.text, work, input.outDir)]
    return { renditions: [...pictures, ...text], warnings: decoded.warnings, output: { document: decoded.facts } }
  })

async function textRendition(text: NonNullable<Decoded['text']>, work: string, outDir: string): Promise<MadeRendition> {
  await mkdir(join(outDir, 'text'))
  await rename(join(work, text.file), join(outDir, 'text', 'text.txt'))
  return {
    kind: 'text',
    name: 'text',
    files: [{ path: 'text.txt', mediaType: 'text/plain; charset=utf-8' }],
    mainFile: 'text.txt',
    facts: { characters: text.characters, truncated: text.truncated },
    settings: DECODER,
  }
}
