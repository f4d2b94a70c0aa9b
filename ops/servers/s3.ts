import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ask } from './ask.ts'
import { makeCertificates } from './certificates.ts'
import { serverFolder } from './folder.ts'
import { findProgram } from './obtain/command.ts'
import { fromGo } from './obtain/go.ts'
import { freePort } from './port.ts'
import { endAll, ServerProcess } from './server-process.ts'
import { givenOrOwn, type StartOptions, type StoreServer } from './store-server.ts'

/** An S3 over a folder, versions of objects and users included; the address carries the key and the secret of its root user. There are no buckets yet. */
export const startS3 = (options: StartOptions = {}): Promise<StoreServer | null> => givenOrOwn('s3', options, startOwn)

export const obtainVersitygw = async (): Promise<string> =>
  findProgram('versitygw') ?? fromGo({ name: 'versitygw', version: '1.8.0', package: 'github.com/versity/versitygw/cmd/versitygw' })

async function startOwn({ tls = false }: StartOptions): Promise<StoreServer> {
  const command = await obtainVersitygw()
  const folder = serverFolder('s3')
  const certificates = tls ? await makeCertificates(folder) : null
  const [users, versions, data] = ['users', 'versions', 'data'].map((name) => join(folder, name)) as [string, string, string]
  for (const path of [users, versions, data]) await mkdir(path)
  const port = await freePort()
  const [key, secret] = [randomBytes(10).toString('hex'), randomBytes(20).toString('hex')]
  const encrypted = certificates ? ['--cert', certificates.certFile, '--key', certificates.keyFile] : []
  const scheme = tls ? 'https' : 'http'
  const server = await ServerProcess.start({
    name: 'versitygw',
    command,
    args: ['--port', `127.0.0.1:${port}`, '--quiet', ...encrypted, '--iam-dir', users, 'posix', '--versioning-dir', versions, data],
    env: { ...process.env, ROOT_ACCESS_KEY: key, ROOT_SECRET_KEY: secret },
    folder,
    ready: () => ask(`${scheme}://127.0.0.1:${port}/`, { ca: certificates?.ca ?? null }),
  })
  const stop = () => endAll([server], folder)
  return { url: `${scheme}://${key}:${secret}@127.0.0.1:${port}`, ca: certificates?.ca ?? null, control: server, stop }
}
