import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { CapstanError } from '../../lib/errors.ts'
import { MariadbDatabase, type MariadbOptions } from './database.ts'
import { migrateMariadb } from './migrate.ts'
import { connectionOptions, type MariadbServerOptions } from './pool.ts'

/** SKIP LOCKED came with 10.6. */
const VERSION_MIN = [10, 6] as const

/**
 * Opens the database and brings it to this release's schema. Throws `invalid` with one sentence that says what is wrong and what to do: the server cannot be
 * reached, refuses the password, has no such database, is too old, is read only; the schema is newer or was changed.
 */
export async function openMariadb(options: MariadbOptions, nowMs: number): Promise<MariadbDatabase> {
  await checkServer(options)
  const database = new MariadbDatabase(options)
  try {
    await migrateMariadb(database, { nowMs })
    return database
  } catch (error) {
    await database.close()
    throw new CapstanError('invalid', `MariaDB: ${(error as Error).message}`, { cause: error })
  }
}

async function checkServer(server: MariadbServerOptions): Promise<void> {
  const connection = await createConnection(connectionOptions(server)).catch((error: unknown) => {
    throw refusal(sentenceOf(error, server), error)
  })
  try {
    const [[row]] = await connection.query<RowDataPacket[]>('select version() as version, @@read_only as read_only, database() as name')
    const version = String(row?.['version'])
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (!/mariadb/i.test(version) || major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1]))
      throw refusal(`the server is ${version}, Capstan needs MariaDB ${VERSION_MIN.join('.')} or newer`)
    if (row?.['name'] === null) throw refusal('CAPSTAN_MARIADB_URL names no database: mysql://user@host:3306/capstan')
    if (Number(row?.['read_only']) !== 0)
      throw refusal('the server is read only (a replica?): name the one that takes writes, or switch read_only off')
  } finally {
    connection.destroy()
  }
}

const refusal = (sentence: string, cause?: unknown): CapstanError => new CapstanError('invalid', `MariaDB: ${sentence}`, { cause })

const SENTENCES: Readonly<Record<string, string>> = {
  ER_ACCESS_DENIED_ERROR: 'user or password are refused: see CAPSTAN_MARIADB_URL and CAPSTAN_MARIADB_PASSWORD_FILE',
  ER_DBACCESS_DENIED_ERROR: 'the user may not use this database: grant all privileges on it',
  ER_BAD_DB_ERROR: 'there is no such database: create database NAME character set utf8mb4 collate utf8mb4_nopad_bin',
  ER_CON_COUNT_ERROR: 'it has too many connections: raise max_connections',
  ENOTFOUND: 'no such host: see CAPSTAN_MARIADB_URL',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ECONNREFUSED: 'nobody listens there: see CAPSTAN_MARIADB_URL, or start it',
  ETIMEDOUT: 'it does not answer: see the address and the firewall',
  HANDSHAKE_NO_SSL_SUPPORT: 'it does not speak TLS: configure it there, or leave out CAPSTAN_MARIADB_TLS and CAPSTAN_MARIADB_CA_FILE',
  HANDSHAKE_SSL_ERROR: 'its certificate is not trusted: see CAPSTAN_MARIADB_CA_FILE',
}

function sentenceOf(error: unknown, { url }: MariadbServerOptions): string {
  const { code = '', message } = error as { code?: string; message: string }
  const { host } = new URL(url)
  return `${host}: ${SENTENCES[code] ?? message}`
}
