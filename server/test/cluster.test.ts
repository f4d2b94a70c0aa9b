import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, describe, expect, test } from 'vitest'
import { startMariadb } from '../../ops/servers/mariadb.ts'
import { startMongodb } from '../../ops/servers/mongodb.ts'
import { startRabbitmq } from '../../ops/servers/rabbitmq.ts'
import { credentialsOf, type StoreServer } from '../../ops/servers/store-server.ts'
import { openMariadb } from '../src/adapters/mariadb/open.ts'
import { databaseUrl } from '../src/adapters/mongodb/testing.ts'
import { all, statement } from '../src/adapters/sql/database.ts'
import { OUTBOX_SERVICES } from '../src/adapters/sql/outbox.ts'
import { openPorts } from '../src/compose.ts'
import { loadConfig, type Config } from '../src/config.ts'
import { dataFolderAt, makeDataFolder } from '../src/start/data-folder.ts'
import { takeIn, waitForRuns } from '../src/start/first-files.ts'
import { startPlatform } from '../src/start/platform.ts'
import { createConnection } from 'mysql2/promise'
import { Clips } from './clips.ts'
import { until } from './platform.ts'

const LIMIT_MS = 180_000

const folder = mkdtempSync(join(tmpdir(), 'capstan-cluster-'))
const [mariadb, mongodb, rabbitmq] = await Promise.all([startMariadb(), startMongodb(), startRabbitmq()])
afterAll(async () => {
  await Promise.all([mariadb?.stop(), mongodb?.stop(), rabbitmq?.stop()])
  rmSync(folder, { recursive: true, force: true })
})

/** The settings of a process on these servers, as its environment would give them. */
function settings(urls: { mariadb: string; mongodb: string; rabbitmq: string }): Config {
  const env: Record<string, string> = { INIT_CWD: folder, PATH: process.env['PATH'] ?? '', CAPSTAN_LOW_WATER_BYTES: '1000000' }
  for (const [store, whole] of Object.entries(urls)) {
    const { password } = credentialsOf(whole)
    const url = whole.replace(/^([^/]*\/\/[^/@:]*):[^/@]*@/, '$1@')
    env[`CAPSTAN_${store.toUpperCase()}_URL`] = url
    if (!password) continue
    const file = join(folder, `${store}-password`)
    writeFileSync(file, `${password}\n`)
    env[`CAPSTAN_${store.toUpperCase()}_PASSWORD_FILE`] = file
  }
  return { ...loadConfig(['--port', '0', '--data', join(folder, `data-${randomUUID()}`), '--no-sample'], env), backends: 'cluster' }
}

async function emptyDatabase(server: StoreServer): Promise<string> {
  const name = `capstan_${randomUUID().replaceAll('-', '')}`
  const connection = await createConnection({ uri: server.url })
  await connection.query(`create database ${name} character set utf8mb4 collate utf8mb4_nopad_bin`)
  await connection.end()
  return `${server.url}/${name}`
}

describe.skipIf(!mariadb || !mongodb || !rabbitmq)('the platform on the servers of a cluster', () => {
  test('takes a film in, plays its part to the end, and tells everybody', { timeout: LIMIT_MS }, async () => {
    const urls = { mariadb: await emptyDatabase(mariadb!), mongodb: databaseUrl(mongodb!.url, 'main'), rabbitmq: rabbitmq!.url }
    const config = settings(urls)
    const clip = await (await Clips.open(folder)).video('film.mp4', 2)
    const data = dataFolderAt(config.data)
    mkdirSync(config.data, { recursive: true })
    makeDataFolder(data)
    const platform = await startPlatform({
      config,
      folder: data,
      logger: pino({ level: 'silent' }),
      version: 'test',
      consoleFolder: null,
      onRestart: () => {},
    })
    const { ports, services } = platform
    try {
      const told: string[] = []
      const taken = await takeIn(services, [clip], 'ingest')
      const count = await waitForRuns(ports, 1, taken, (_, status, reason) => told.push(`${status} ${reason ?? ''}`.trim()))
      expect({ count, told }).toEqual({ count: { completed: 1, failed: 0 }, told: ['completed'] })

      await until('every consumer to be where the history is', async () => Object.values(await ports.bus.lag()).every((lag) => lag === 0))
      const found = await services.search.query(services.system, { q: 'film', limit: 10, cursor: undefined, sort: undefined })
      expect(found.hits).toHaveLength(1)
      const names = (await ports.history.read({}, { cursor: null, limit: 1_000, newestFirst: false })).map(({ name }) => name)
      expect(names.filter((name) => name === 'run.completed')).toHaveLength(1)
      for (const [cause, effect] of [
        ['asset.created', 'run.started'],
        ['run.started', 'job.created'],
        ['job.completed', 'run.completed'],
      ] as const)
        expect(names.indexOf(cause), `${cause} before ${effect}`).toBeLessThan(names.indexOf(effect))
    } finally {
      await platform.stop()
    }

    const database = await openMariadb({ url: urls.mariadb }, Date.now())
    const outboxes = OUTBOX_SERVICES.map((service) => `select event from ${service}_outbox`).join(' union all ')
    expect(await database.read(() => all(statement(outboxes)))).toEqual([])
    expect(await database.read(() => all(statement('select * from events_dead_letter')))).toEqual([])
    await database.close()
  })

  test('says everything that is wrong with the servers at once', { timeout: LIMIT_MS }, async () => {
    const config = settings({
      mariadb: `${mariadb!.url}/nowhere`,
      mongodb: 'mongodb://127.0.0.1:1/main',
      rabbitmq: Object.assign(new URL(rabbitmq!.url), { password: 'wrong' }).href,
    })
    const opened = openPorts(config, dataFolderAt(config.data))
    await expect(opened).rejects.toMatchObject({ code: 'invalid' })
    const message = await opened.then(
      () => '',
      (error: unknown) => (error as Error).message,
    )
    expect(message.split('\n')).toEqual([
      expect.stringMatching(/^MariaDB: .*create database/),
      expect.stringMatching(/^MongoDB: .*CAPSTAN_MONGODB_URL/),
      expect.stringMatching(/^RabbitMQ: .*CAPSTAN_RABBITMQ_PASSWORD_FILE/),
    ])
  })
})
