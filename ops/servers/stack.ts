import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startArangodb } from './arangodb.ts'
import { startConsul } from './consul.ts'
import { startElasticsearch } from './elasticsearch.ts'
import { serverFolder } from './folder.ts'
import { startMariadb } from './mariadb.ts'
import { startMongodb } from './mongodb.ts'
import { cacheFolder } from './obtain/cache-folder.ts'
import { startOpensearch } from './opensearch.ts'
import { startRabbitmq } from './rabbitmq.ts'
import { startRedis } from './redis.ts'
import { startS3 } from './s3.ts'
import { credentialsOf, type StartOptions, type Store, type StoreServer } from './store-server.ts'
import { startVault } from './vault.ts'

/** Names the process of the stack that runs, for `--stop`. */
const PID_FILE = join(cacheFolder(), 'stack.pid')
const STOP_MS_MAX = 120_000

const STARTS: Record<Store, (options: StartOptions) => Promise<StoreServer | null>> = {
  mariadb: startMariadb,
  arangodb: startArangodb,
  mongodb: startMongodb,
  redis: startRedis,
  elasticsearch: startElasticsearch,
  opensearch: startOpensearch,
  rabbitmq: startRabbitmq,
  consul: startConsul,
  s3: startS3,
  vault: startVault,
}

const USAGE = `npm run stack -- [STORE…] [--tls]   starts these stores (without names all but opensearch) and keeps them until Ctrl-C
npm run stack -- --stop             ends the stack that runs
The stores: ${Object.keys(STARTS).join(', ')}
`

async function main(): Promise<number> {
  const options = { tls: { type: 'boolean' }, stop: { type: 'boolean' }, help: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help || positionals.some((name) => !(name in STARTS))) {
    process.stderr.write(USAGE)
    return values.help ? 0 : 2
  }
  if (values.stop) return stopOther()
  if (runningPid() !== null) {
    process.stderr.write(`capstan: a stack runs already (process ${runningPid()}); npm run stack -- --stop ends it\n`)
    return 2
  }
  const wanted = positionals.length > 0 ? positionals : Object.keys(STARTS).filter((name) => name !== 'opensearch')
  return run(wanted as Store[], { tls: values.tls ?? false })
}

async function run(wanted: readonly Store[], options: StartOptions): Promise<number> {
  process.env['CAPSTAN_TEST_INSTALL'] = '1'
  mkdirSync(dirname(PID_FILE), { recursive: true })
  writeFileSync(PID_FILE, String(process.pid))
  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
  })
  const running: StoreServer[] = []
  try {
    const folder = serverFolder('settings')
    for (const store of wanted) {
      const server = await Promise.race([STARTS[store](options), told.then(() => null)])
      if (!server) continue
      running.push(server)
      process.stdout.write(settingsOf(store, server, folder))
    }
    process.stdout.write(`# ${running.length} of ${wanted.length} stores run; Ctrl-C ends them\n`)
    await told
  } finally {
    for (const server of running.toReversed()) await server.stop()
    rmSync(PID_FILE, { force: true })
  }
  return 0
}

/** What a platform on this store is told: the address without a secret, and the files that hold what nobody should read by chance. */
function settingsOf(store: Store, { url, ca }: StoreServer, folder: string): string {
  const { url: bare, username, password } = credentialsOf(url)
  const prefix = `export CAPSTAN_${store.toUpperCase()}`
  const lines = [`${prefix}_URL='${username ? bare.replace('://', `://${username}@`) : bare}'`]
  const keep = (kind: string, text: string) => {
    const file = join(folder, `${store}.${kind}`)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  if (password) lines.push(`${prefix}_PASSWORD_FILE='${keep('password', password)}'`)
  if (ca) lines.push(`${prefix}_CA_FILE='${keep('pem', ca)}'`)
  return `${lines.join('\n')}\n`
}

async function stopOther(): Promise<number> {
  const pid = runningPid()
  if (pid === null) {
    process.stderr.write('capstan: no stack runs\n')
    return 0
  }
  process.kill(pid, 'SIGTERM')
  const deadlineMs = performance.now() + STOP_MS_MAX
  while (runningPid() === pid) {
    if (performance.now() > deadlineMs) {
      process.stderr.write(`capstan: the stack (process ${pid}) does not end\n`)
      return 1
    }
    await sleep(100)
  }
  process.stderr.write('capstan: the stack has ended\n')
  return 0
}

/** The process that the file names, if it is still a stack: process ids come back. */
function runningPid(): number | null {
  try {
    const pid = Number(readFileSync(PID_FILE, 'utf8'))
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('ops/servers/stack.ts') ? pid : null
  } catch {
    return null
  }
}

process.exitCode = await main()
