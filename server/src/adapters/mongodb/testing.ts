import { randomUUID } from 'node:crypto'
import { startMongodb } from '../../../../ops/servers/mongodb.ts'
import type { StoreServer } from '../../../../ops/servers/store-server.ts'
import { MongodbDatabase } from './database.ts'

export type MongodbForTests = {
  /** A database of its own, empty. */
  open: () => Promise<MongodbDatabase>
  server: StoreServer
  stop: () => Promise<void>
}

/** A MongoDB; null when there is no server to be had. For tests only. */
export async function mongodbForTests(): Promise<MongodbForTests | null> {
  const server = await startMongodb()
  if (!server) return null
  const opened: MongodbDatabase[] = []
  const open = async () => {
    const database = await MongodbDatabase.open({ url: databaseUrl(server.url, `capstan_test_${randomUUID().replaceAll('-', '')}`) })
    opened.push(database)
    return database
  }
  const stop = async () => {
    await Promise.all(opened.map((database) => database.close()))
    await server.stop()
  }
  return { open, server, stop }
}

/** The address of a database on a server. */
export function databaseUrl(serverUrl: string, name: string): string {
  const [, hosts = '', options = ''] = /^([^/]+\/\/[^/?]+)\/?[^?]*(\?.*)?$/.exec(serverUrl) ?? []
  return `${hosts}/${name}${options}`
}
