import {
  accessSync,
  chmodSync,
  constants,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import { BootFailure } from './failure.mjs'
import { cached } from './cache.mjs'
import { fetchPackage, run, untar } from './npm.mjs'
import { step } from './progress.mjs'

/** A headless Chromium as an npm package, for machines that have none; the hash was taken from the tarball itself. */
const PACKAGE = {
  name: 'chromium-147.0.2',
  spec: '@sparticuz/chromium@147.0.2',
  integrity: 'sha512-oqXyPAlGQuT9wdZAhcx4nmhehVgEsDc2adL/+FlX8qsLh/YyOgl9GQp8dPMDIBRmktxgA9c1QSNJIQUj2UeHhQ==',
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const DOING = 'fetching Chromium'

/** The browser for tests: CHROMIUM_PATH, the system's, else one that is fetched once; null when there is no browser test. */
export async function findChromium({ root, folders, env = process.env }) {
  if (env.CHROMIUM_PATH) return env.CHROMIUM_PATH
  if (!hasBrowserTests(root)) return null
  const system = onPath(env.PATH ?? '', NAMES)
  if (system) return system
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new BootFailure('the browser tests need Chromium. Install it, or set CHROMIUM_PATH to it.')
  return cached({ folders, name: PACKAGE.name, proof: 'chromium', doing: DOING, make: bringChromium })
}

function hasBrowserTests(root) {
  const folder = join(root, 'console/test')
  return (
    existsSync(folder) &&
    readdirSync(folder, { withFileTypes: true }).some((entry) => entry.isDirectory() || /\.test\.tsx?$/.test(entry.name))
  )
}

/** The first executable of these names on a PATH, or null. */
export function onPath(path, names) {
  const candidates = names.flatMap((name) => path.split(delimiter).map((folder) => join(folder || '.', name)))
  return candidates.find(isExecutable) ?? null
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function bringChromium(temporary, cacheFolder) {
  const goal = join(temporary, 'goal')
  mkdirSync(goal)
  await step(`${DOING} for the browser tests (68 MB, once)`, 'fetched Chromium', async () => {
    const tarball = await fetchPackage({ doing: DOING, spec: PACKAGE.spec, integrity: PACKAGE.integrity, folder: temporary, cacheFolder })
    await untar(DOING, tarball, temporary, ['package/bin', 'package/LICENSE'])
    await unbrotli(join(temporary, 'package/bin/chromium.br'), join(goal, 'headless_shell'))
    for (const part of ['al2023', 'swiftshader', 'fonts']) {
      const tar = join(temporary, `${part}.tar`)
      await unbrotli(join(temporary, `package/bin/${part}.tar.br`), tar)
      await untar(DOING, tar, goal)
      rmSync(tar)
    }
    writeFileSync(join(goal, 'fonts.conf'), fontsConf(join(cacheFolder, PACKAGE.name, 'fonts')))
    writeFileSync(join(goal, 'chromium'), LAUNCHER)
    for (const program of ['headless_shell', 'chromium']) chmodSync(join(goal, program), 0o755)
    await prove(join(goal, 'chromium'), goal)
  })
}

const unbrotli = (from, to) => pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to))

/** It comes with the libraries that a bare Debian lacks; the system's own, where they are, are newer and go first. */
const LAUNCHER = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export FONTCONFIG_FILE="$here/fonts.conf"
if ldd "$here/headless_shell" | grep -q 'not found'; then
  export LD_LIBRARY_PATH="$here/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
exec "$here/headless_shell" "$@"
`

const escapeXml = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

const fontsConf = (folder) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${escapeXml(folder)}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`

async function prove(path, cwd) {
  const { code, output } = await run(path, ['--version'], { cwd, limitMs: 30_000 })
  if (code !== 0) {
    throw new BootFailure(
      `Chromium was fetched but does not start here: ${output.trim().split('\n')[0]}. Install chromium, or set CHROMIUM_PATH.`,
    )
  }
}
