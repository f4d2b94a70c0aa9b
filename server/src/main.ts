import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { loadConfig, type Config } from './config.ts'
import { armCrashPoints } from './lib/crash-points.ts'
import { CapstanError } from './lib/errors.ts'
import { takeOverRestore } from './maintenance/restore.ts'
import { makeSample } from './services/media/steps/sample.ts'
import { askOwner } from './start/control-socket.ts'
import { dataFolderAt, lockDataFolder, makeDataFolder, type DataFolder, type DataFolderLock } from './start/data-folder.ts'
import { takeIn, waitForRuns, type Taken } from './start/first-files.ts'
import { openLog } from './start/log-files.ts'
import { keepWayIn, startPlatform, type Platform } from './start/platform.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string }

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const tell = (line: string): void => void process.stderr.write(`${line}\n`)

/** 0 done, 1 some files failed, 2 could not start or wrong use. */
async function main(): Promise<number> {
  const config = loadConfig(process.argv.slice(2), process.env)
  if (config.checkConfig) {
    say(JSON.stringify({ ...config, searchPath: undefined }, null, 2))
    return 0
  }
  armCrashPoints(config.crashPoints)
  const folder = dataFolderAt(config.data)
  makeDataFolder(folder)
  const claimed = lockDataFolder(folder)
  if ('owner' in claimed) return handOver(config, folder, claimed.owner)
  try {
    return await run(config, folder, claimed.lock)
  } finally {
    claimed.lock.release()
  }
}

/** Another process has the data folder: it takes the files; without files there is nothing to do here. */
async function handOver(config: Config, folder: DataFolder, owner: { pid: number; url: string | null }): Promise<number> {
  if (config.files.length === 0)
    throw new CapstanError(
      'conflict',
      `Capstan runs already on ${folder.root}${owner.url ? ` at ${owner.url}` : ''}${owner.pid ? ` (process ${owner.pid})` : ''}: use that one, or another folder with --data DIR`,
    )
  const { items } = (await askOwner(folder.controlSocket, 'POST', '/api/v1/ingests', { paths: config.files, workflow: 'ingest' })) as {
    items: Taken[]
  }
  for (const { path, error } of items) tell(error ? `Refused: ${path}: ${error}` : `Handed over: ${path}`)
  if (owner.url) say(`Capstan is ready at ${owner.url}`)
  const failed = items.filter(({ error }) => error).length
  if (config.once) say(`${items.length - failed} completed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

/** Runs until a signal, or, with --once, until the files are done. A restore starts it all anew. */
async function run(config: Config, folder: DataFolder, lock: DataFolderLock): Promise<number> {
  const { logger, close } = openLog(folder.logs, config.logLevel)
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'uncaught')
    close()
    tell(`Capstan stopped: ${error.message}. The log is in ${folder.logs}`)
    process.exit(2)
  })
  process.on('unhandledRejection', (reason) => logger.error({ err: reason }, 'unhandled rejection'))
  let isFirst = true
  let { port } = config
  for (;;) {
    const kept = takeOverRestore(folder)
    if (kept) tell(`Restored; what was there is kept in ${kept}`)
    const asked = waitForEnd()
    const platform = await startPlatform({
      config: { ...config, port },
      folder,
      logger,
      version,
      consoleFolder: join(REPOSITORY, 'console/dist'),
      onRestart: () => asked.end('restart'),
    }).catch((error: unknown) => {
      logger.fatal({ err: error }, 'could not start')
      close()
      throw error
    })
    lock.announce(platform.url)
    // A free port that was found is kept over a restore: people's addresses stay true.
    if (port === 0 && !config.publicUrl) port = Number(new URL(platform.url).port)
    announce(platform, folder)
    const work = isFirst ? firstWork(config, folder, platform) : Promise.resolve(null)
    isFirst = false
    const ended: End | number = await Promise.race<End | number>([asked.promise, work.then<End | number>((code) => code ?? asked.promise)])
    logger.info({ ended }, 'stopping')
    await platform.stop()
    asked.forget()
    if (ended === 'restart') continue
    close()
    return typeof ended === 'number' ? ended : 0
  }
}

function announce({ url, wayIn, services }: Platform, folder: DataFolder): void {
  const isShown = process.stdout.isTTY
  // Before the platform says that it is ready: who waits for that reads the file next.
  if (wayIn && !isShown) keepWayIn(folder, wayIn)
  for (const notice of services.notices()) tell(`Note: ${notice}`)
  say(`Capstan is ready at ${url}`)
  if (wayIn) say(`Administrator: ${wayIn.name}  ${isShown ? `Password: ${wayIn.password}` : `Password in ${folder.adminPassword}`}`)
}

/** Takes in the files that were named, or a sample at the very first start. Answers the exit code with --once, else null. */
async function firstWork(config: Config, folder: DataFolder, platform: Platform): Promise<number | null> {
  const { services, ports } = platform
  const isNew = (await ports.assets.count(services.system.accountId)) === 0
  const wantsSample = config.files.length === 0 && !config.noSample && isNew
  const paths = wantsSample ? [await sample(folder, platform)] : config.files
  if (paths.length === 0) return config.once ? finish({ completed: 0, failed: 0 }) : null
  const taken = await takeIn(services, paths, wantsSample ? 'ingest-and-publish' : 'ingest')
  if (wantsSample) rmSync(join(folder.tmp, 'sample'), { recursive: true, force: true })
  const count = await waitForRuns(ports, services.system.accountId, taken, (path, status, reason) =>
    tell(`${status}: ${JSON.stringify(wantsSample ? basename(path) : path)}${reason ? `: ${reason}` : ''}`),
  )
  return config.once ? finish(count) : null
}

async function sample(folder: DataFolder, { ports }: Platform): Promise<string> {
  tell('Making a sample: 20 s of bars and a moving scene')
  const outDir = join(folder.tmp, 'sample')
  mkdirSync(outDir, { recursive: true })
  return makeSample(ports.mediaTools, outDir, AbortSignal.timeout(120_000))
}

function finish({ completed, failed }: { completed: number; failed: number }): number {
  say(`${completed} completed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

type End = 'SIGTERM' | 'SIGINT' | 'restart'

/** A signal that comes twice within a second came twice for one wish (a service manager tells every process); one that comes later means "now". */
const SAME_WISH_MS = 1_000

function waitForEnd() {
  const { promise, resolve } = Promise.withResolvers<End>()
  let askedAtMs: number | null = null
  const onSignal = (signal: 'SIGTERM' | 'SIGINT') => {
    const nowMs = performance.now()
    if (askedAtMs !== null && nowMs - askedAtMs > SAME_WISH_MS) process.exit(130)
    askedAtMs ??= nowMs
    resolve(signal)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  const forget = () => {
    process.off('SIGTERM', onSignal)
    process.off('SIGINT', onSignal)
  }
  return { promise, end: resolve, forget }
}

try {
  process.exitCode = await main()
} catch (error) {
  tell(error instanceof CapstanError ? error.message : `Capstan could not start: ${(error as Error).message}`)
  process.exitCode = 2
}
// Worker threads and sockets are closed by now; what still hangs must not keep the person waiting.
setTimeout(() => process.exit(), 2_000).unref()
