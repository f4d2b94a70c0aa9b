import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { BootFailure } from './failure.mjs'
import { cached } from './cache.mjs'
import { fetchPackage, run, untar } from './npm.mjs'
import { chooseNode, WANTED_NODE } from './plan.mjs'
import { step } from './progress.mjs'

/** musl systems have no version of glibc in their report. */
const hasGlibc = () => process.platform === 'linux' && Boolean(process.report?.getReport().header.glibcVersionRuntime)

/** The path of a Node that can run Capstan; fetched once when the one at hand is too old. */
export async function findNode(folders) {
  const choice = chooseNode({ version: process.versions.node, platform: process.platform, arch: process.arch, hasGlibc: true })
  if (choice.use === 'running') return process.execPath
  const doing = `fetching Node ${WANTED_NODE.version}`
  return cached({
    folders,
    name: WANTED_NODE.name,
    proof: 'bin/node',
    doing,
    make: (temporary, cacheFolder) => bringNode(doing, temporary, cacheFolder),
  })
}

async function bringNode(doing, temporary, cacheFolder) {
  const choice = chooseNode({ version: process.versions.node, platform: process.platform, arch: process.arch, hasGlibc: hasGlibc() })
  if (choice.use === 'none') throw new BootFailure(choice.sentence)
  await step(`${doing} (53 MB, once)`, `fetched Node ${WANTED_NODE.version}`, async () => {
    const tarball = await fetchPackage({ doing, spec: WANTED_NODE.spec, integrity: WANTED_NODE.integrity, folder: temporary, cacheFolder })
    await untar(doing, tarball, temporary, ['package/bin/node', 'package/LICENSE', 'package/package.json'])
    const { code, output } = await run(join(temporary, 'package/bin/node'), ['--version'], { cwd: temporary, env: {} })
    if (code !== 0 || output.trim() !== `v${WANTED_NODE.version}`) {
      throw new BootFailure(
        `Node ${WANTED_NODE.version} was fetched but does not start on this system. Install Node 24 or newer and start again.`,
      )
    }
    renameSync(join(temporary, 'package'), join(temporary, 'goal'))
  })
}
