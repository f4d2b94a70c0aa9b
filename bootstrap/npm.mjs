import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { BootFailure } from './failure.mjs'
import { failureSentence } from './plan.mjs'

const OUTPUT_BYTES_MAX = 1_000_000
const LIMIT_MS = 30 * 60_000
/** npm tidies up when it is stopped, which can take long; what it leaves is set up anew by the next start. */
const STOP_MS_MAX = 3_000

/**
 * Runs a program to its end and answers what it wrote. Throws nothing: the code says how it went (127 when there is no such program).
 * When this process is told to stop, the program is told too.
 */
export function run(command, args, { cwd, env = process.env, limitMs = LIMIT_MS, onSpawn = () => {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    if (child.pid) onSpawn(child.pid)
    let output = ''
    let stoppedBy = null
    const keep = (chunk) => void (output = (output + chunk).slice(-OUTPUT_BYTES_MAX))
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    const timer = setTimeout(() => child.kill('SIGTERM'), limitMs)
    const stop = (signal) => {
      stoppedBy = signal
      child.kill(signal)
      setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX).unref()
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, stop)
    const end = (code, signal) => {
      clearTimeout(timer)
      for (const name of signals) process.off(name, stop)
      resolve({ code, signal: stoppedBy ?? signal, output })
    }
    child.on('error', (thrown) => end(thrown.code === 'ENOENT' ? 127 : 126, null))
    child.on('close', end)
  })
}

/** The npm that is at hand: the one that called us, else the one on PATH. So the user's registry, proxy and certificates hold. */
function npmCommand(env) {
  const cli = env.npm_execpath
  return cli && /npm-cli\.c?js$/.test(cli) && existsSync(cli) ? [process.execPath, [cli]] : ['npm', []]
}

/** npm keeps a cache and logs at home; where there is no such place it gets one of ours. */
function npmEnvironment(env, cacheFolder) {
  const { npm_config_workspace: _workspace, npm_config_workspaces: _workspaces, npm_config_dry_run: _dryRun, ...rest } = env
  if (rest.npm_config_cache || isWritable(join(homedir(), '.npm'))) return rest
  return { ...rest, npm_config_cache: join(cacheFolder, 'npm') }
}

function isWritable(folder) {
  try {
    mkdirSync(join(folder, '_logs'), { recursive: true })
    return true
  } catch {
    return false
  }
}

const AS_NODE = fileURLToPath(new URL('as-node.cjs', import.meta.url))

/** Adds what makes npm choose packages for `version` and not for the Node that npm runs on. */
function forNode(env, version) {
  const options = [env.NODE_OPTIONS, `--require ${JSON.stringify(AS_NODE)}`].filter(Boolean).join(' ')
  return { ...env, NODE_OPTIONS: options, CAPSTAN_PACKAGES_FOR_NODE: version }
}

/**
 * Runs npm; a failure becomes one sentence, and everything npm said goes to a log file in the cache folder.
 * `nodeVersion` (such as 24.21.0) is the Node the packages are for, where that is another one than npm's.
 */
export async function npm(doing, args, { cwd, cacheFolder, onSpawn, nodeVersion }) {
  const [command, first] = npmCommand(process.env)
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--no-progress', '--loglevel=warn']
  const env = npmEnvironment(process.env, cacheFolder)
  const { code, signal, output } = await run(command, [...first, ...args, ...quiet], {
    cwd,
    env: nodeVersion ? forNode(env, nodeVersion) : env,
    onSpawn,
  })
  if (code === 0) return output
  if (signal) throw new BootFailure(`${doing} was stopped by ${signal}. Start again to go on.`)
  if (code === 127) throw new BootFailure(`${doing} needs npm, which is not on PATH. Install npm (it comes with Node) and start again.`)
  throw new BootFailure(failureSentence(doing, output, keepLog(cacheFolder, output)))
}

function keepLog(cacheFolder, output) {
  const file = join(cacheFolder, 'npm.log')
  try {
    writeFileSync(file, output)
    return file
  } catch {
    return null
  }
}

/** Fetches one package's tarball into `folder` and proves that it is the very one we know. Answers its path. */
export async function fetchPackage({ doing, spec, integrity, folder, cacheFolder }) {
  await npm(doing, ['pack', spec, '--pack-destination', folder, '--ignore-scripts'], { cwd: folder, cacheFolder })
  const name = readdirSync(folder).find((file) => file.endsWith('.tgz'))
  if (!name) throw new BootFailure(`${doing} failed because npm brought no file for ${spec}. Check the registry in ~/.npmrc.`)
  const hash = createHash('sha512')
  await pipeline(createReadStream(join(folder, name)), hash)
  const found = `sha512-${hash.digest('base64')}`
  if (found !== integrity)
    throw new BootFailure(`${doing} failed because ${spec} is not the package that is expected. Check the registry in ~/.npmrc.`)
  return join(folder, name)
}

/** Unpacks parts of a tarball (all of it without `members`). tar is part of every system we bring anything to. */
export async function untar(doing, file, folder, members = []) {
  const { code, output } = await run('tar', ['-xf', file, '-C', folder, '--no-same-owner', ...members], { cwd: dirname(file) })
  if (code === 127) throw new BootFailure(`${doing} needs tar, which is not on PATH. Install tar and start again.`)
  if (code !== 0) throw new BootFailure(failureSentence(doing, output.replace(/No space left/g, 'ENOSPC'), null))
}
