import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { startMongodb } from '../../../../ops/servers/mongodb.ts'
import { asking, MongodbDatabase, type MongodbOptions } from './database.ts'
import { databaseUrl, mongodbForTests } from './testing.ts'

const mongodb = await mongodbForTests()
afterAll(() => mongodb?.stop())

const saying = (text: string) => ({ code: 'invalid', message: expect.stringContaining(text) as string })

describe.skipIf(mongodb === null)('a start on MongoDB', () => {
  it('refuses an address without a database, or where nobody answers, with what to do', async () => {
    await expect(MongodbDatabase.open({ url: 'mongodb://127.0.0.1:1' })).rejects.toMatchObject(saying('/capstan'))
    await expect(MongodbDatabase.open({ url: 'mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=200' })).rejects.toMatchObject(
      saying('CAPSTAN_MONGODB_URL'),
    )
  })
})

const secret = await startMongodb({ tls: true })
afterAll(() => secret?.stop())

describe.skipIf(secret === null)('a MongoDB with TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-ca-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const open = async (tls: NonNullable<MongodbOptions['tls']>) => {
    const database = await MongodbDatabase.open({ url: databaseUrl(secret!.url, 'tls'), tls })
    onTestFinished(() => database.close())
    return database
  }

  it('is spoken to when its authority is known, and refused when not', async () => {
    const caFile = join(folder, 'ca.pem')
    writeFileSync(caFile, secret!.ca!)
    const database = await open({ caFile })
    await asking(() => database.collection('t').insertOne({}))
    await expect(open({})).rejects.toMatchObject(saying('CAPSTAN_MONGODB_CA_FILE'))
  })
})

const own = await startMongodb()
afterAll(() => own?.stop())

describe.skipIf(!own?.control)('a MongoDB that goes away', () => {
  it('is unavailable meanwhile, and used again as soon as it is back', async () => {
    const database = await MongodbDatabase.open({ url: databaseUrl(own!.url, 'away') })
    onTestFinished(() => database.close())
    const ask = () => asking(() => database.collection('t').countDocuments())
    expect(await ask()).toBe(0)
    await own!.control!.kill()
    await expect(ask()).rejects.toMatchObject({ code: 'unavailable' })
    await own!.control!.restart()
    expect(await ask()).toBe(0)
  })
})
