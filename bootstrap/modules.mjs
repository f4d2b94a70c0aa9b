import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BootFailure } from './failure.mjs'
import { withLock } from './lock.mjs'
import { npm } from './npm.mjs'
import { failureSentence, modulesStamp, packagesToPlace, WANTED_NODE } from './plan.mjs'
import { step, tell } from './progress.mjs'

/** Static tools whose packages lack the run bit when install scripts do not run (npm 12 runs none by default). */
const STATIC_TOOLS = ['@ffmpeg-installer/linux-x64/ffmpeg', '@ffprobe-installer/linux-x64/ffprobe']

const DOING = 'installing packages'

/** Installs what package-lock.json says, when node_modules is missing or was made from another lock file or for another Node. */
export async function ensureModules({ root, nodeMajor, cacheFolder }) {
  const lockFile = join(root, 'package-lock.json')
  const lockText = readFileSync(lockFile, 'utf8')
  const lockHash = createHash('sha256').update(lockText).digest('hex')
  const stamp = modulesStamp({ lockHash, nodeMajor, platform: process.platform, arch: process.arch })
  const isFresh = () => readIfThere(join(root, 'node_modules', '.capstan-stamp')) === stamp
  if (isFresh()) return lockHash
  try {
    const nodeVersion = process.versions.node.startsWith(`${nodeMajor}.`) ? undefined : WANTED_NODE.version
    const install = async (holdFor) => {
      if (!isFresh()) await installModules({ root, stamp, lock: JSON.parse(lockText), cacheFolder: cacheFolder(), holdFor, nodeVersion })
    }
    await withLock(join(root, '.cache', 'modules.lock'), install, () => tell(`another start is ${DOING}; waiting for it`))
  } catch (thrown) {
    if (thrown instanceof BootFailure) throw thrown
    throw new BootFailure(failureSentence(`${DOING} into ${join(root, 'node_modules')}`, String(thrown?.message), null))
  }
  return lockHash
}

async function installModules({ root, stamp, lock, cacheFolder, holdFor, nodeVersion }) {
  const total = packagesToPlace(lock, { platform: process.platform, arch: process.arch })
  const howFar = () => `${Math.min(99, Math.floor((countPackages(join(root, 'node_modules')) / total) * 100))} %`
  await step(
    DOING,
    `installed ${total} packages`,
    () =>
      npm(DOING, ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--prefer-offline'], {
        cwd: root,
        cacheFolder,
        onSpawn: holdFor,
        nodeVersion,
      }),
    howFar,
  )
  for (const tool of STATIC_TOOLS) {
    const path = join(root, 'node_modules', tool)
    if (existsSync(path)) chmodSync(path, 0o755)
  }
  removeSourceMaps(join(root, 'node_modules'))
  writeFileSync(join(root, 'node_modules', '.capstan-stamp'), stamp)
}

/** Source maps of packages are a tenth of an installation, and nobody here steps through them. */
function removeSourceMaps(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) removeSourceMaps(path)
    else if (entry.isFile() && /\.(?:js|cjs|mjs|css|ts|cts|mts)\.map$/.test(entry.name)) rmSync(path, { force: true })
  }
}

/** Top-level packages that are unpacked (npm makes their folders first); nested ones are few, so the share is a good guess. */
function countPackages(folder) {
  const list = (path) => (existsSync(path) ? readdirSync(path) : [])
  const names = list(folder).flatMap((name) =>
    name.startsWith('@') ? list(join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
  )
  return names.filter((name) => existsSync(join(folder, name, 'package.json'))).length
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
