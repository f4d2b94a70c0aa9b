import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConnection, type Connection } from 'mysql2/promise'
import { makeCertificates } from './certificates.ts'
import { giveTo, isRoot, serverFolder } from './folder.ts'
import { fromApt } from './obtain/apt.ts'
import { freePort } from './port.ts'
import { endAll, ServerProcess } from './server-process.ts'
import { givenOrOwn, type StartOptions, type StoreServer } from './store-server.ts'

const run = promisify(execFile)

const USER = 'mysql'
const INSTALL_MS_MAX = 60_000
const PROBE_MS_MAX = 1_000

/** A MariaDB; the address names no database, and its user may make some. */
export const startMariadb = (options: StartOptions = {}): Promise<StoreServer | null> => givenOrOwn('mariadb', options, startOwn)

async function startOwn({ tls = false }: StartOptions): Promise<StoreServer> {
  const command = await fromApt('mariadbd', ['mariadb-server'])
  const folder = serverFolder('mariadb', USER)
  const certificates = tls ? await makeCertificates(folder, USER) : null
  const node = await prepareNode(command, folder)
  const ca = certificates?.ca ?? null
  const encrypted = certificates
    ? [
        '--require-secure-transport=ON',
        `--ssl-ca=${certificates.caFile}`,
        `--ssl-cert=${certificates.certFile}`,
        `--ssl-key=${certificates.keyFile}`,
      ]
    : []
  const ready = () => onServer(node.url, ca, (connection) => connection.query('select 1'))
  const server = await ServerProcess.start({ ...node.launch, args: [...node.launch.args, ...encrypted], ready })
  return { url: node.url, ca, control: server, stop: () => endAll([server], folder) }
}

export type Node = { url: string; launch: { name: string; command: string; args: string[]; user: string; folder: string } }

/** A data folder below `folder`, with a password for root, and the line that serves it. */
export async function prepareNode(command: string, folder: string, password: string = randomUUID()): Promise<Node> {
  const data = join(folder, 'data')
  // A temporary folder of its own: servers that start at the same time give their temporary tables the same names.
  const common = ['--no-defaults', `--datadir=${data}`, `--tmpdir=${folder}`]
  const setup = ['--auth-root-authentication-method=normal', '--skip-test-db', ...(isRoot() ? [`--user=${USER}`] : [])]
  await run('mariadb-install-db', [...common, ...setup], { timeout: INSTALL_MS_MAX })
  const port = await freePort()
  const credentials = join(folder, 'credentials.sql')
  await writeFile(credentials, `alter user root@localhost identified by '${password}';\n`)
  await chmod(credentials, 0o600)
  giveTo(USER, credentials)
  const args = [`--socket=${join(folder, 's.sock')}`, `--pid-file=${join(folder, 'm.pid')}`, `--port=${port}`, '--bind-address=127.0.0.1']
  const launch = {
    name: 'MariaDB',
    command,
    args: [...common, ...args, `--init-file=${credentials}`, '--innodb-buffer-pool-size=64M'],
    user: USER,
    folder,
  }
  return { url: `mysql://root:${password}@127.0.0.1:${port}`, launch }
}

/** One short connection. */
export async function onServer<T>(url: string, ca: string | null, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection({ uri: url, connectTimeout: PROBE_MS_MAX, ...(ca ? { ssl: { ca } } : {}) })
  try {
    return await work(connection)
  } finally {
    connection.destroy()
  }
}
