import { connect, createServer, type AddressInfo } from 'node:net'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { startMariadb } from '../../../../ops/servers/mariadb.ts'
import { all, first, run, statement } from '../sql/database.ts'
import { MariadbDatabase, type MariadbOptions } from './database.ts'
import { openMariadb } from './open.ts'
import { mariadbForTests } from './testing.ts'

const mariadb = await mariadbForTests()
afterAll(() => mariadb?.stop())

const COMMAND_QUERY = 3
const ANSWER_TO_QUERY = 1

/** One packet of the protocol: length, sequence, body. */
const packet = (sequence: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUIntLE(body.length, 0, 3)
  head[3] = sequence
  return Buffer.concat([head, body])
}
const errorPacket = (number: number, text: string): Buffer => {
  const head = Buffer.from([0xff, number & 0xff, number >> 8])
  return packet(ANSWER_TO_QUERY, Buffer.concat([head, Buffer.from(`#40001${text}`)]))
}
const COMMIT = packet(0, Buffer.concat([Buffer.from([COMMAND_QUERY]), Buffer.from('commit')]))
const ROLLBACK = packet(0, Buffer.concat([Buffer.from([COMMAND_QUERY]), Buffer.from('rollback')]))

/** Stands before the server. `onCommit` says what becomes of each COMMIT: passed on, failed as Galera's certification fails it, or cut off before or after. */
async function inBetween(url: string, onCommit: () => 'pass' | 'certification' | 'cut before' | 'cut after') {
  const direct = new URL(url)
  const proxy = createServer((client) => {
    const server = connect(Number(direct.port), direct.hostname)
    let answer: 'pass' | Buffer | 'cut' = 'pass'
    client.on('data', (bytes) => {
      const fate = bytes.equals(COMMIT) ? onCommit() : 'pass'
      if (fate === 'cut before') return void client.destroy()
      if (fate === 'certification') answer = errorPacket(1213, 'Deadlock found when trying to get lock')
      if (fate === 'cut after') answer = 'cut'
      server.write(fate === 'certification' ? ROLLBACK : bytes)
    })
    server.on('data', (bytes) => {
      const given = answer
      answer = 'pass'
      if (given === 'cut') client.destroy()
      else client.write(given === 'pass' ? bytes : given)
    })
    for (const [socket, other] of [[client, server] as const, [server, client] as const]) {
      socket.on('close', () => other.destroy())
      socket.on('error', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  return Object.assign(new URL(url), { host: `127.0.0.1:${(proxy.address() as AddressInfo).port}` }).href
}

describe.skipIf(mariadb === null)('a unit on a MariaDB that fails', () => {
  const open = (options: MariadbOptions) => {
    const database = new MariadbDatabase(options)
    onTestFinished(() => database.close())
    return database
  }
  const numbers = async (database: MariadbDatabase, noun: string) => {
    const sql = 'select next from platform_number where noun = ?'
    return (await database.read(() => first<{ next: number }>(statement(sql, [noun]))))?.next ?? null
  }
  const count = (database: MariadbDatabase, noun: string) =>
    database.write(() =>
      run(statement('insert into platform_number (noun, next) values (?, 1) on duplicate key update next = next + 1', [noun])),
    )

  it('is repeated as a whole when its COMMIT fails the certification of Galera', async () => {
    await mariadb!.open()
    let failures = 2
    const database = open({ url: await inBetween(mariadb!.url, () => (failures-- > 0 ? 'certification' : 'pass')) })
    await count(database, 'galera')
    expect(await numbers(database, 'galera')).toBe(1)
    expect(failures).toBe(-1)
  })

  it('is unavailable when its COMMIT always fails', async () => {
    await mariadb!.open()
    const database = open({ url: await inBetween(mariadb!.url, () => 'certification') })
    await expect(count(database, 'never')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await numbers(database, 'never')).toBeNull()
  })

  it('is not repeated when nobody knows whether its COMMIT came through', async () => {
    await mariadb!.open()
    for (const fate of ['cut before', 'cut after'] as const) {
      const database = open({ url: await inBetween(mariadb!.url, () => fate) })
      await expect(count(database, fate)).rejects.toMatchObject({ code: 'unavailable' })
    }
    const database = open({ url: mariadb!.url })
    expect(await numbers(database, 'cut before')).toBeNull()
    expect(await numbers(database, 'cut after')).toBe(1)
  })

  it('waits for a lock for its time, and is then repeated', async () => {
    await mariadb!.open()
    await count(open({ url: mariadb!.url }), 'held')
    const [holder, waiter] = [open({ url: mariadb!.url }), open({ url: mariadb!.url })]
    const lock = statement("select next from platform_number where noun = 'held' for update")
    const holding = holder.write(function* () {
      yield* first(lock)
      yield* all(statement('select sleep(1.6)'))
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    let tries = 0
    const waited = waiter.write(function* () {
      tries += 1
      yield statement('set session innodb_lock_wait_timeout = 1')
      return yield* first(lock)
    })
    expect(await waited).toEqual({ next: 1 })
    expect(tries).toBe(2)
    await holding
  })

  it('is refused as unavailable when no connection becomes free in time, or too many wait', async () => {
    const database = open({ url: mariadb!.url, connectionsMax: 1, waitingMax: 1, acquireMs: 100 })
    const sleep = () => database.read(() => all(statement('select sleep(0.5)')))
    const asked = await Promise.allSettled([sleep(), sleep(), sleep()])
    expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(asked.slice(1).map((result) => (result.status === 'rejected' ? (result.reason as { code: string }).code : ''))).toEqual([
      'unavailable',
      'unavailable',
    ])
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(await database.read(() => first(statement('select 1 as one')))).toEqual({ one: 1 })
  })

  it('goes on with new connections when the server dropped the old ones', async () => {
    await mariadb!.open()
    const database = open({ url: mariadb!.url, connectionsMax: 2 })
    await count(database, 'dropped')
    const ids = await database.read(() => all<{ id: number }>(statement('select connection_id() as id')))
    await mariadb!.administer(...ids.map(({ id }) => `kill ${id}`))
    await count(database, 'dropped')
    expect(await numbers(database, 'dropped')).toBe(2)
  })

  it('reads what may be stale from the replica, everything else from the server, and without the replica all from the server', async () => {
    const database = await mariadb!.open()
    const replicaUrl = await mariadb!.newDatabase()
    await (await openMariadb({ url: replicaUrl }, 0)).close()
    await count(database, 'fresh')
    const both = open({ url: mariadb!.url, replica: { url: replicaUrl } })
    const sql = statement("select next from platform_number where noun = 'fresh'")
    expect(await both.read(() => first(sql), { mayBeStale: true })).toBeNull()
    expect(await both.read(() => first(sql))).toEqual({ next: 1 })
    const alone = open({ url: mariadb!.url, replica: { url: 'mysql://root@127.0.0.1:1/away' } })
    expect(await alone.read(() => first(sql), { mayBeStale: true })).toEqual({ next: 1 })
  })
})

const own = await startMariadb()
afterAll(() => own?.stop())

describe.skipIf(!own?.control)('a MariaDB that is started anew', () => {
  it('is unavailable meanwhile and used again as soon as it is back', async () => {
    const database = new MariadbDatabase({ url: own!.url, acquireMs: 2_000 })
    onTestFinished(() => database.close())
    const ask = () => database.read(() => first(statement('select 1 as one')))
    expect(await ask()).toEqual({ one: 1 })
    await own!.control!.kill()
    await expect(ask()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(database.write(() => run(statement('select 1')))).rejects.toMatchObject({ code: 'unavailable' })
    await own!.control!.restart()
    expect(await ask()).toEqual({ one: 1 })
  })

  it('holds a caller no longer than its time when it answers nothing', async () => {
    const database = new MariadbDatabase({ url: own!.url, acquireMs: 300 })
    own!.control!.pause()
    try {
      await expect(database.read(() => first(statement('select 1 as one')))).rejects.toMatchObject({ code: 'unavailable' })
    } finally {
      own!.control!.resume()
      await database.close()
    }
  })
})

const secret = await startMariadb({ tls: true })
afterAll(() => secret?.stop())

describe.skipIf(secret === null)('a MariaDB with TLS', () => {
  const askOf = async (options: MariadbOptions) => {
    const database = new MariadbDatabase(options)
    onTestFinished(() => database.close())
    return database.read(() => first<{ Value: string }>(statement("show session status like 'Ssl_cipher'")))
  }

  it('is spoken to in secret when its authority is known', async () => {
    const { Value } = (await askOf({ url: secret!.url, tls: { ca: secret!.ca! } }))!
    expect(Value).toMatch(/AES|CHACHA/)
  })

  it('is refused when its authority is not, with what to do', async () => {
    await expect(openMariadb({ url: `${secret!.url}/x`, tls: {} }, 0)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('CAPSTAN_MARIADB_CA_FILE') as string,
    })
  })
})
