import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'

const run = promisify(execFile)

const START_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 10_000

export type MariadbServer = { /** Without a database name. */ url: string; stop: () => Promise<void> }

/**
 * A MariaDB for tests: the one that CAPSTAN_TEST_MARIADB_URL names, else one started here from the `mariadbd` on PATH, on a private port with a private folder.
 * Null, with a word to stderr, when there is neither: suites skip then.
 */
export async function startMariadb(): Promise<MariadbServer | null> {
  const given = process.env.CAPSTAN_TEST_MARIADB_URL
  if (given) return { url: given.replace(/\/+$/, ''), stop: async () => {} }
  const binary = await findBinary()
  if (binary) return startOwn(binary)
  process.stderr.write('MariaDB suites skipped: set CAPSTAN_TEST_MARIADB_URL or install mariadb-server\n')
  return null
}

/** Debian keeps mariadbd in sbin, which is not on everybody's PATH. */
async function findBinary(): Promise<string | null> {
  for (const candidate of ['mariadbd', '/usr/sbin/mariadbd', '/usr/local/sbin/mariadbd']) {
    const works = await run(candidate, ['--no-defaults', '--version']).then(
      () => true,
      () => false,
    )
    if (works) return candidate
  }
  return null
}

async function startOwn(binary: string): Promise<MariadbServer> {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-mariadb-'))
  const asUser = process.getuid?.() === 0 ? ['--user=mysql'] : []
  if (asUser.length > 0) await run('chown', ['mysql:mysql', folder])
  // A temporary folder of its own: servers that start at the same time give their temporary tables the same names.
  const common = [...asUser, `--datadir=${join(folder, 'data')}`, `--tmpdir=${folder}`]
  await install(folder, common)
  const port = await freePort()
  const child = spawn(
    binary,
    [
      '--no-defaults',
      ...common,
      `--socket=${join(folder, 's.sock')}`,
      `--pid-file=${join(folder, 'm.pid')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--log-error=${join(folder, 'err.log')}`,
      '--innodb-buffer-pool-size=64M',
    ],
    { stdio: 'ignore' },
  )
  const url = `mysql://root@127.0.0.1:${port}`
  const stop = async () => {
    await stopChild(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await waitUntilReady(url)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop }
}

async function install(folder: string, common: readonly string[]): Promise<void> {
  try {
    await run('mariadb-install-db', ['--no-defaults', ...common, '--auth-root-authentication-method=normal', '--skip-test-db'])
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    await rm(folder, { recursive: true, force: true })
    throw new Error(`the MariaDB for tests could not be set up: ${stdout}${stderr}`, { cause: error })
  }
}

async function waitUntilReady(url: string): Promise<void> {
  const deadlineMs = Date.now() + START_LIMIT_MS
  for (;;) {
    try {
      const connection = await createConnection({ uri: url, connectTimeout: 1_000 })
      return await connection.end()
    } catch (error) {
      if (Date.now() > deadlineMs) throw new Error('the MariaDB for tests did not start', { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function stopChild(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await ended
  clearTimeout(timer)
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
