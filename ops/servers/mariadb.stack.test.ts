import type { RowDataPacket } from 'mysql2/promise'
import { onServer, startMariadb } from './mariadb.ts'
import { storeSuite } from './testing.ts'

storeSuite('MariaDB', {
  start: startMariadb,
  sentence: ({ url, ca }) =>
    onServer(url, ca, async (connection) => {
      await connection.query('create database if not exists words')
      await connection.query('create or replace table words.greeting (text varchar(20)) engine = innodb')
      await connection.query("insert into words.greeting values ('hello')")
      const [rows] = await connection.query<RowDataPacket[]>('select text from words.greeting')
      return rows[0]?.['text'] as unknown
    }),
  answer: 'hello',
})
