import type { RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGalera, type GaleraCluster, type GaleraNode } from './galera.ts'
import { onServer } from './mariadb.ts'

let cluster: GaleraCluster | null = null
beforeAll(async () => void (cluster = await startGalera()))
afterAll(async () => cluster?.stop())

const readAll = ({ url }: GaleraNode) =>
  onServer(url, null, async (connection) => {
    await connection.query('set session wsrep_sync_wait = 1')
    const [rows] = await connection.query<RowDataPacket[]>('select id from words.said order by id')
    return rows.map((row) => row['id'] as number)
  })

const write = ({ url }: GaleraNode, id: number) =>
  onServer(url, null, async (connection) => {
    await connection.query('create database if not exists words')
    await connection.query('create table if not exists words.said (id int primary key) engine = innodb')
    await connection.query('insert into words.said values (?)', [id])
  })

test('three nodes say the same, and one that was killed catches up', async ({ skip }) => {
  if (!cluster) return skip()
  const [one, two, three] = cluster.nodes as [GaleraNode, GaleraNode, GaleraNode]
  await write(one, 1)
  expect(await readAll(three)).toEqual([1])
  await one.control.kill()
  await write(two, 2)
  await one.control.restart()
  expect(await readAll(one)).toEqual([1, 2])
})
