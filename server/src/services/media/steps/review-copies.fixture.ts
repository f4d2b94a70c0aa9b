import { join } from 'node:path'
import { hls } from './hls.ts'
import { proxy } from './proxy.ts'
import type { StepOf } from './step.ts'

/** The review proxy and the same repackaged as HLS, in one staging folder, as the jobs do it one after the other. */
export const reviewCopies: StepOf = (tools) => async (input) => {
  const made = await proxy(tools)(input)
  const path = join(input.outDir, 'proxy', made.renditions[0]?.mainFile ?? '')
  const packaged = await hls(tools)({ ...input, source: { ...input.source, path } })
  return { renditions: [...made.renditions, ...packaged.renditions], warnings: [...made.warnings, ...packaged.warnings] }
}
