import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { brotliCompressSync, constants as zlib } from 'node:zlib'
import { BootFailure } from './failure.mjs'
import { withLock } from './lock.mjs'
import { run } from './npm.mjs'
import { failureSentence } from './plan.mjs'
import { step, tell } from './progress.mjs'

/** What the built console depends on, beside the lock file. */
const SOURCES = ['console/src', 'console/public', 'console/index.html', 'console/vite.config.ts', 'console/package.json', 'contract/src']

const BUILD_MS_MAX = 10 * 60_000
const DOING = 'building the console'

/** One hash over names and contents, so that a fresh clone and a touched file do not look stale. */
export function hashSources(root, sources, seed) {
  const hash = createHash('sha256').update(seed)
  for (const source of sources)
    for (const file of filesBelow(root, source)) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function filesBelow(root, path) {
  const full = join(root, path)
  if (!existsSync(full)) return []
  if (!statSync(full).isDirectory()) return [path]
  const names = readdirSync(full).sort()
  return names.flatMap((name) => filesBelow(root, `${path}/${name}`))
}

/** Builds the console when its sources changed. The new one is built aside and takes the old one's place when it is whole. */
export async function ensureConsole({ root, nodePath, lockHash }) {
  if (!existsSync(join(root, 'console/vite.config.ts'))) return
  const stamp = `${hashSources(root, SOURCES, lockHash)}\n`
  const stampFile = join(root, 'console/dist/.capstan-stamp')
  const isFresh = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp
  if (isFresh()) return
  requireWritable(join(root, 'console'))
  const build = async () => void (isFresh() || (await step(DOING, 'built the console', () => buildConsole({ root, nodePath, stamp }))))
  await withLock(join(root, '.cache', 'console.lock'), build, () => tell(`another start is ${DOING}; waiting for it`))
}

function requireWritable(folder) {
  try {
    accessSync(folder, constants.W_OK)
  } catch (thrown) {
    throw new BootFailure(failureSentence(`${DOING} in ${folder}`, String(thrown?.message), null))
  }
}

const COMPRESSED = /\.(?:js|css|svg|json)$/

/** Each text file gets a Brotli copy beside it, so that the server need not compress while somebody waits. */
function compressBeside(folder) {
  for (const file of filesBelow(folder, '.').filter((name) => COMPRESSED.test(name))) {
    const text = readFileSync(join(folder, file))
    const params = { [zlib.BROTLI_PARAM_QUALITY]: 9, [zlib.BROTLI_PARAM_SIZE_HINT]: text.length }
    writeFileSync(join(folder, `${file}.br`), brotliCompressSync(text, { params }))
  }
}

async function buildConsole({ root, nodePath, stamp }) {
  const workspace = join(root, 'console')
  const [made, old, goal] = [join(root, '.cache/console.new'), join(root, '.cache/console.old'), join(workspace, 'dist')]
  for (const left of [made, old]) rmSync(left, { recursive: true, force: true })
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const { code, output } = await run(nodePath, [vite, 'build', '--outDir', made, '--emptyOutDir', '--logLevel', 'warn'], {
    cwd: workspace,
    limitMs: BUILD_MS_MAX,
  })
  if (code !== 0) {
    rmSync(made, { recursive: true, force: true })
    throw new BootFailure(buildFailure(root, output))
  }
  compressBeside(join(made, 'assets-static'))
  writeFileSync(join(made, '.capstan-stamp'), stamp)
  if (existsSync(goal)) renameSync(goal, old)
  renameSync(made, goal)
  rmSync(old, { recursive: true, force: true })
}

function buildFailure(root, output) {
  const log = join(root, '.cache', 'console-build.log')
  writeFileSync(log, output)
  const known = failureSentence(DOING, output, log)
  if (/disk is full|read-only|may not be written/.test(known)) return known
  const first = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trim())
    .find((line) => /error|cannot|could not|unexpected/i.test(line) && !/^(.? ?build failed|error during build)/i.test(line))
  return `${DOING} failed: ${(first ?? 'vite ended with an error').slice(0, 200)} (all of it: ${log})`
}
