import { join } from 'node:path'
import { captions } from './captions.ts'
import { hls } from './hls.ts'
import { proxy } from './proxy.ts'
import type { StepOf } from './step.ts'

/** The review proxy, its captions and the same repackaged as HLS, in one staging folder, as the job does it one after the other. */
export const reviewCopies: StepOf = (tools) => async (input) => {
  const made = await proxy(tools)(input)
  const captioned = await captions(tools)(input)
  const path = join(input.outDir, 'proxy', made.renditions[0]?.mainFile ?? '')
  const tracks = captioned.renditions.map(({ name, mainFile, facts }) => ({
    path: join(input.outDir, name, mainFile),
    name: String(facts['label']),
    language: facts['language'] as string | null,
    forced: facts['forced'] === true,
  }))
  const packaged = await hls(tools, tracks)({ ...input, source: { ...input.source, path } })
  return {
    renditions: [...made.renditions, ...packaged.renditions, ...captioned.renditions],
    warnings: [...made.warnings, ...captioned.warnings, ...packaged.warnings],
  }
}
