import type { StepOf } from './step.ts'
import { runDecoder } from './decoder/run-decoder.ts'
import { withWorkFolder, pictureRenditions } from './decoded-renditions.ts'

/**
 * A still picture in up to three sizes (`image-320`, `image-1280`, `image-2560`: long sides, never above the source), upright, in sRGB; WebP
 * where it is transparent, else JPEG. `output.image` is what the picture says of itself. Decodes in a sandboxed process of its own; throws
 * `invalid`, `unsupported`, `too_large` or `timeout`.
 */
export const image: StepOf = (tools) => (input) =>
  withWorkFolder(input, async (work) => {
    const decoded = await runDecoder(tools, { task: 'image', source: input.source, outDir: work, signal: input.signal })
    input.log('picture decoded', { format: decoded.facts['format'], sizes: decoded.pictures.length })
    return {
      renditions: await pictureRenditions(decoded.pictures, work, input.outDir),
      warnings: decoded.warnings,
      output: { image: decoded.facts },
    }
  })
