import { MongoClient } from 'mongodb'
import { makeCertificates } from './certificates.ts'
import { serverFolder } from './folder.ts'
import { tlsFront } from './front.ts'
import { fromNpm } from './obtain/npm.ts'
import { freePort } from './port.ts'
import { endAll, ServerProcess } from './server-process.ts'
import { givenOrOwn, type StartOptions, type StoreServer } from './store-server.ts'

const PROBE_MS_MAX = 1_000

/**
 * A server that speaks MongoDB's wire protocol: insert, find, unique indexes and majority writes can be proved on it; isolation, change streams, expiry and
 * users cannot. It keeps its data in memory. With `tls` a front of ours has the certificate.
 */
export const startMongodb = (options: StartOptions = {}): Promise<StoreServer | null> => givenOrOwn('mongodb', options, startOwn)

export const obtainJongodb = (): Promise<string> =>
  fromNpm({
    name: 'jongodb',
    version: '0.1.6',
    package: '@jongodb/memory-server-bin-linux-x64-gnu',
    integrity: 'sha512-IYOsw016/gCOMRt2rd8RZ8PY4Cd33LmrOe7ntKVtpNQdRkkPkAMkn3D7rihb4jSs7zOECvzRZp8eHs7vlabvQQ==',
    program: 'bin/jongodb',
  })

async function startOwn({ tls = false }: StartOptions): Promise<StoreServer> {
  const command = await obtainJongodb()
  const folder = serverFolder('mongodb')
  const port = await freePort()
  const server = await ServerProcess.start({
    name: 'jongodb',
    command,
    args: [`--port=${port}`],
    folder,
    ready: () => ping(port),
  })
  if (!tls)
    return { url: `mongodb://127.0.0.1:${port}/?directConnection=true`, ca: null, control: server, stop: () => endAll([server], folder) }
  const certificates = await makeCertificates(folder)
  const front = await tlsFront(port, certificates)
  const url = `mongodb://127.0.0.1:${front.port}/?directConnection=true&tls=true`
  return { url, ca: certificates.ca, control: server, stop: () => endAll([server, front], folder) }
}

async function ping(port: number): Promise<void> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, { serverSelectionTimeoutMS: PROBE_MS_MAX })
  try {
    await client.db('admin').command({ ping: 1 })
  } finally {
    await client.close()
  }
}
