import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writableFolder } from './cache.mjs'
import { ensureConsole } from './console.mjs'
import { BootFailure } from './failure.mjs'
import { launch } from './launch.mjs'
import { ensureModules } from './modules.mjs'
import { findNode } from './node.mjs'
import { cacheFolders, TARGETS, vitestArguments, reachesBrowserTests, WANTED_NODE } from './plan.mjs'
import { tell } from './progress.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Sets up what `target` needs and goes on as that program. A fault is one sentence on stderr and exit code 2. */
export async function bootstrap(target, args) {
  try {
    if (!Object.hasOwn(TARGETS, target ?? ''))
      throw new BootFailure(`there is no target "${target ?? ''}"; there are ${Object.keys(TARGETS).join(', ')}.`)
    await prepareAndLaunch(target, args)
  } catch (thrown) {
    tell(thrown instanceof BootFailure ? thrown.message : `setting up failed: ${String(thrown?.message ?? thrown).split('\n')[0]}`)
    process.exit(2)
  }
}

async function prepareAndLaunch(target, args) {
  const { script, needs, args: firstArgs = [] } = TARGETS[target]
  const folders = cacheFolders({ env: process.env, home: homeFolder(), root: ROOT })
  const nodePath = await findNode(folders)
  const nodeMajor = Number((nodePath === process.execPath ? process.versions.node : WANTED_NODE.version).split('.')[0])
  const lockHash = await ensureModules({ root: ROOT, nodeMajor, cacheFolder: () => writableFolder(folders) ?? folders[0] })
  const programArgs = target === 'test' ? vitestArguments(args) : [...firstArgs, ...args]
  const isNeeded = (what) => needs.includes(what) && (target !== 'test' || reachesBrowserTests(programArgs))
  if (isNeeded('console')) await ensureConsole({ root: ROOT, nodePath, lockHash })
  const chromium = isNeeded('chromium') ? await bringChromium(folders) : {}
  const env = { ...process.env, INIT_CWD: process.env.INIT_CWD || process.cwd(), NODE_COMPILE_CACHE: compileCache(folders), ...chromium }
  launch({ nodePath, args: [...NODE_FLAGS, join(ROOT, script), ...programArgs], env })
}

/**
 * Young generations of 4 MiB halves instead of 16 in every thread: an idle platform holds 170 MiB instead of 219 (measured on two cores).
 */
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4']

/** Loaded only for tests that open a browser. */
async function bringChromium(folders) {
  const { findChromium } = await import('./chromium.mjs')
  const path = await findChromium({ root: ROOT, folders })
  return path ? { CHROMIUM_PATH: path } : {}
}

const compileCache = (folders) => process.env.NODE_COMPILE_CACHE || join(writableFolder(folders) ?? folders[0], 'compile-cache')

/** homedir() throws for a user without an entry in the password file. */
function homeFolder() {
  try {
    return homedir()
  } catch {
    return ''
  }
}
