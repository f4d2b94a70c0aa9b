import { mkdir, rename, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import packages from '../../../../package.json' with { type: 'json' }
import type { DecodedPicture } from './decoder/protocol.ts'
import type { MadeRendition, StepInput, StepResult } from './step.ts'

/** What made them, for their provenance: the sandboxed decoder, and the library that draws in it, at its pinned version. */
export const DECODER = { decoder: 'capstan', sharp: packages.dependencies.sharp, node: process.versions.node }

/** A folder that only the decoder writes; what it left there is gone when the step ends, however it ends. */
export async function withWorkFolder(input: StepInput, use: (work: string) => Promise<StepResult>): Promise<StepResult> {
  const work = join(input.outDir, 'decoding')
  await mkdir(work, { recursive: true })
  try {
    const result = await use(work)
    input.progress(1)
    return result
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Each picture as a rendition of its own, named as its size: `image-1280/image.jpg`. */
export async function pictureRenditions(pictures: readonly DecodedPicture[], work: string, outDir: string): Promise<MadeRendition[]> {
  const renditions: MadeRendition[] = []
  for (const { name, file, mediaType, width, height } of pictures) {
    const path = `image${extname(file)}`
    await mkdir(join(outDir, name))
    await rename(join(work, file), join(outDir, name, path))
    renditions.push({ kind: 'image', name, files: [{ path, mediaType }], mainFile: path, facts: { width, height }, settings: DECODER })
  }
  return renditions
}
