import { join } from 'node:path'
import { CapstanError } from '../../../lib/errors.ts'
import { hls } from './hls.ts'
import { proxy } from './proxy.ts'
import type { StepOf } from './step.ts'

/** The review proxy and the same repackaged as HLS, in one staging folder. A failed HLS is a warning: the proxy plays alone. */
export const reviewCopies: StepOf = (tools) => async (input) => {
  const made = await proxy(tools)({ ...input, progress: (fraction) => input.progress(fraction * 0.95) })
  const main = made.renditions[0]
  if (!main) return made
  try {
    const path = join(input.outDir, main.name, main.mainFile)
    const packaged = await hls(tools)({
      ...input,
      source: { ...input.source, path },
      progress: (fraction) => input.progress(0.95 + fraction * 0.05),
    })
    return { renditions: [...made.renditions, ...packaged.renditions], warnings: [...made.warnings, ...packaged.warnings] }
  } catch (thrown) {
    if (input.signal.aborted || !(thrown instanceof CapstanError) || thrown.code !== 'invalid') throw thrown
    return { ...made, warnings: [...made.warnings, `HLS could not be made: ${thrown.message}`] }
  }
}
