import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { SqlAccountStore, SqlRoleStore, SqlUserStore } from '../../adapters/sql/account-store.ts'
import { all, statement, type SqlDatabase } from '../../adapters/sql/database.ts'
import { FileSecrets } from '../../adapters/files/secrets.ts'
import { SqlLockOutStore, SqlSessionStore, SqlTokenStore } from '../../adapters/sql/session-store.ts'
import { SqliteDatabase } from '../../adapters/sqlite/database.ts'
import { migrateSqlite } from '../../adapters/sqlite/migrate.ts'
import { createHttpServer } from '../../http/server.ts'
import { fakeClock } from '../../lib/clock.ts'
import type { EventEnvelope } from '@capstan/contract/events'
import { createIdentity, type IdentityOptions, type IdentityStores } from './index.ts'

/* The service on a real database behind the real front door. For tests only. */

export const PASSWORD = 'a-long-Enough-pass1'
const CHEAP = { memoryCost: 1_024, timeCost: 1 }

const storesOf = (database: SqlDatabase, folder: string): IdentityStores => ({
  accounts: new SqlAccountStore(database),
  users: new SqlUserStore(database),
  roles: new SqlRoleStore(database),
  sessions: new SqlSessionStore(database),
  tokens: new SqlTokenStore(database),
  lockOuts: new SqlLockOutStore(database),
  secrets: new FileSecrets(join(folder, 'secrets.json')),
})

export const eventsIn = (database: SqlDatabase): Promise<EventEnvelope[]> =>
  database.read(function* () {
    const rows = yield* all<{ event: string }>(statement('select event from identity_outbox order by number'))
    return rows.map((row) => JSON.parse(row.event) as EventEnvelope)
  })

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Sent = { body?: Json; headers?: Record<string, string>; address?: string }
export type Reply = { status: number; body: Record<string, unknown>; setCookie: string | null; cookie: string | null }

/** A platform with its administrator; `restart` is a new process on the same database file. */
export async function startIdentity(options: Partial<IdentityOptions> = {}, password = PASSWORD) {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-identity-'))
  const clock = fakeClock()
  const start = async () => {
    const database = new SqliteDatabase(join(folder, 'capstan.db'))
    await migrateSqlite(database, { nowMs: clock.now() })
    const identity = createIdentity({
      stores: storesOf(database, folder),
      clock,
      options: { requireTotp: false, passwordCost: CHEAP, ...options },
    })
    await identity.sealSecondFactors()
    const wayIn = await identity.ensureAdministrator({ password })
    const { app, route } = await createHttpServer({
      version: '0',
      logger: pino({ level: 'silent' }),
      authenticate: (request) => identity.authenticate(request),
      noteRefusal: () => undefined,
      consoleFolder: null,
      behindProxy: false,
      tls: null,
      answerOnce: (_request, _reply, handle) => handle(),
    })
    identity.routes(route)
    return {
      database,
      identity,
      app,
      wayIn,
      stop: async () => {
        await app.close()
        await database.close()
      },
    }
  }
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  let running = await start()
  onTestFinished(() => running.stop())
  return {
    clock,
    folder,
    get identity() {
      return running.identity
    },
    get database() {
      return running.database
    },
    get stores() {
      return storesOf(running.database, folder)
    },
    get wayIn() {
      return running.wayIn
    },
    restart: async () => {
      await running.stop()
      running = await start()
    },
    send: async (
      method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
      path: string,
      { body, headers = {}, address = '192.0.2.1' }: Sent = {},
    ): Promise<Reply> => {
      const payload =
        body === undefined ? {} : { payload: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
      const reply = await running.app.inject({ method, url: `/api/v1${path}`, remoteAddress: address, headers, ...payload })
      const setCookie = [reply.headers['set-cookie']].flat()[0] ?? null
      return {
        status: reply.statusCode,
        body: reply.body === '' ? {} : (JSON.parse(reply.body) as Record<string, unknown>),
        setCookie,
        cookie: setCookie?.split(';')[0] ?? null,
      }
    },
  }
}

export type TestPlatform = Awaited<ReturnType<typeof startIdentity>>

/** Signs in and answers the headers of a browser that stays so. */
export async function signedIn(
  platform: TestPlatform,
  { name = 'admin', password = PASSWORD, code }: { name?: string; password?: string; code?: string } = {},
) {
  const reply = await platform.send('POST', '/sessions', { body: { name, password, ...(code === undefined ? {} : { code }) } })
  if (reply.status !== 201) throw new Error(`signing in failed: ${JSON.stringify(reply.body)}`)
  return { reply, headers: { cookie: reply.cookie!, 'x-csrf-token': reply.body.csrfToken as string } }
}
