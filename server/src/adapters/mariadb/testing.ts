import { createConnection } from 'mysql2/promise'
import { randomUUID } from 'node:crypto'
import { startMariadb } from '../../../../ops/servers/mariadb.ts'
import type { ServerControl, StoreServer } from '../../../../ops/servers/store-server.ts'
import { MariadbDatabase } from './database.ts'
import { migrateMariadb } from './migrate.ts'

export type MariadbForTests = {
  /** The same migrated database each time, its tables emptied. */
  open: () => Promise<MariadbDatabase>
  /** Where `open` looks. */
  url: string
  /** A database without tables; answers its URL. */
  newDatabase: () => Promise<string>
  /** As the administrator of the server. */
  administer: (...sql: string[]) => Promise<void>
  /** Null when somebody else runs the server. */
  control: ServerControl | null
  stop: () => Promise<void>
}

/** A MariaDB with all tables; null when there is no server to be had. For tests only. */
export async function mariadbForTests(): Promise<MariadbForTests | null> {
  const server = await startMariadb()
  if (!server) return null
  try {
    return await openOn(server)
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function openOn(server: StoreServer): Promise<MariadbForTests> {
  const made: string[] = []
  const administer = (...sql: string[]) => onServer(server, sql)
  const newDatabase = async () => {
    const name = `capstan_test_${randomUUID().replaceAll('-', '')}`
    await administer(`create database ${name} character set utf8mb4 collate utf8mb4_nopad_bin`)
    made.push(name)
    return `${server.url}/${name}`
  }
  const url = await newDatabase()
  const database = new MariadbDatabase({ url })
  await migrateMariadb(database, { nowMs: Date.now() })
  return {
    url,
    newDatabase,
    administer,
    control: server.control,
    open: async () => {
      await emptyTables(database)
      return database
    },
    stop: async () => {
      await database.close()
      await administer(...made.map((name) => `drop database if exists ${name}`))
      await server.stop()
    },
  }
}

async function onServer({ url }: StoreServer, statements: readonly string[]): Promise<void> {
  const connection = await createConnection({ uri: url })
  for (const sql of statements) await connection.query(sql)
  await connection.end()
}

async function emptyTables(database: MariadbDatabase): Promise<void> {
  await database.withConnection(async (execute) => {
    const { rows } = await execute(
      `select table_name as name from information_schema.tables where table_schema = database() and table_name <> 'schema_migration'`,
    )
    for (const row of rows) await execute(`set statement foreign_key_checks = 0 for delete from ${String(row.name)}`)
  })
}
