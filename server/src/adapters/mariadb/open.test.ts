import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import { afterAll, afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { openMariadb } from './open.ts'
import { mariadbForTests } from './testing.ts'

const run = promisify(execFile)

const mariadb = await mariadbForTests()
afterAll(() => mariadb?.stop())

const NOW = Date.UTC(2026, 0, 1)

describe.skipIf(mariadb === null)('a start on MariaDB', () => {
  const refusalOf = async (url: string, more: { password?: string } = {}) => {
    const opened = openMariadb({ url, ...more }, NOW)
    await opened.then(
      (database) => database.close(),
      () => {},
    )
    return opened.then(
      () => null,
      (error: unknown) => error,
    )
  }
  const query = async (url: string, sql: string) => {
    const connection = await createConnection({ uri: url })
    const [rows] = await connection.query(sql)
    await connection.end()
    return rows
  }
  const users: string[] = []
  const newUser = async (rights: string) => {
    const name = `u${users.length}${process.pid}`
    users.push(name)
    await mariadb!.administer(`create user ${name} identified by 'right'`, `grant ${rights} on *.* to ${name}`)
    return name
  }
  afterEach(async () => {
    for (const name of users.splice(0)) await mariadb!.administer(`drop user ${name}`)
  })

  it('takes the password apart from the URL', async () => {
    const url = new URL(await mariadb!.newDatabase())
    url.username = await newUser('all privileges')
    url.password = ''
    const database = await openMariadb({ url: url.href, password: 'right' }, NOW)
    await database.close()
    expect(await refusalOf(url.href, { password: 'wrong' })).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('password') as string,
    })
  })

  it('refuses a database that is not there, a host that is not there, a port where nobody listens', async () => {
    const url = new URL(mariadb!.url)
    url.pathname = '/no_such_database'
    expect(await refusalOf(url.href)).toMatchObject({ code: 'invalid', message: expect.stringContaining('create database') as string })
    url.hostname = 'no-such-host.invalid'
    expect(await refusalOf(url.href)).toMatchObject({ code: 'invalid', message: expect.stringMatching(/host/) as string })
    expect(await refusalOf('mysql://root@127.0.0.1:1/x')).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('nobody listens') as string,
    })
  })

  it('refuses a server that is read only', async () => {
    const url = await mariadb!.newDatabase()
    await mariadb!.administer('set global read_only = 1')
    try {
      expect(await refusalOf(url)).toMatchObject({ code: 'invalid', message: expect.stringContaining('read only') as string })
    } finally {
      await mariadb!.administer('set global read_only = 0')
    }
  })

  it('refuses a schema that is newer, and one whose migrations were changed', async () => {
    const url = await mariadb!.newDatabase()
    await (await openMariadb({ url }, NOW)).close()
    await query(url, "insert into schema_migration values ('jobs', 9999, '9999_later.sql', 'x', 'later')")
    expect(await refusalOf(url)).toMatchObject({ code: 'invalid', message: expect.stringContaining('newer release') as string })
    await query(url, 'delete from schema_migration where number = 9999')
    await query(url, "update schema_migration set checksum = 'other' where service = 'jobs' and number = 1")
    expect(await refusalOf(url)).toMatchObject({ code: 'invalid', message: expect.stringContaining('changed after it ran') as string })
  })

  it('migrates once when two processes start at the same moment', async () => {
    const url = await mariadb!.newDatabase()
    const script = `const { openMariadb } = await import(${JSON.stringify(join(import.meta.dirname, 'open.ts'))})
      await (await openMariadb({ url: ${JSON.stringify(url)} }, Date.now())).close()`
    const start = () => run(process.execPath, ['--input-type=module', '--eval', script], { timeout: 25_000 })
    await Promise.all([start(), start(), start()])
    const rows = (await query(url, 'select service, number, count(*) as n from schema_migration group by service, number')) as {
      n: number
    }[]
    expect(rows.length).toBeGreaterThan(8)
    expect(rows.every(({ n }) => n === 1)).toBe(true)
  })

  it('waits for who migrates, and gives way to nobody who is not done', async () => {
    const url = await mariadb!.newDatabase()
    const holder = await createConnection({ uri: url })
    onTestFinished(() => holder.destroy())
    await holder.query(`select get_lock(concat('capstan/', sha1(database())), 1)`)
    let isOpen = false
    const opening = openMariadb({ url }, NOW).then((database) => {
      isOpen = true
      return database
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(isOpen).toBe(false)
    // As when the process dies: the lock goes with its connection.
    holder.destroy()
    await (await opening).close()
  })
})
