import { createConnection } from 'mysql2/promise'
import { startMariadb, type MariadbServer } from '../../../../ops/servers/mariadb.ts'
import { MariadbDatabase } from './database.ts'
import { migrateMariadb } from './migrate.ts'

export type MariadbForTests = {
  /** The same migrated database each time, its tables emptied. */
  open: () => Promise<MariadbDatabase>
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

async function openOn(server: MariadbServer): Promise<MariadbForTests> {
  const name = `capstan_test_${process.pid}_${Date.now()}`
  await onServer(server, `create database ${name} character set utf8mb4 collate utf8mb4_nopad_bin`)
  const database = new MariadbDatabase({ url: `${server.url}/${name}` })
  await migrateMariadb(database, { nowMs: Date.now() })
  return {
    open: async () => {
      await emptyTables(database, name)
      return database
    },
    stop: async () => {
      await database.close()
      await onServer(server, `drop database ${name}`)
      await server.stop()
    },
  }
}

async function onServer(server: MariadbServer, sql: string): Promise<void> {
  const connection = await createConnection({ uri: server.url })
  await connection.query(sql)
  await connection.end()
}

async function emptyTables(database: MariadbDatabase, name: string): Promise<void> {
  await database.withConnection(async (execute) => {
    const { rows } = await execute(
      `select table_name as name from information_schema.tables where table_schema = ? and table_name <> 'schema_migration'`,
      [name],
    )
    for (const row of rows) await execute(`set statement foreign_key_checks = 0 for delete from ${String(row.name)}`)
  })
}
