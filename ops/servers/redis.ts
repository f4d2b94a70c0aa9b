import { randomUUID } from 'node:crypto'
import { firstWords } from './ask.ts'
import { makeCertificates } from './certificates.ts'
import { serverFolder } from './folder.ts'
import { fromApt } from './obtain/apt.ts'
import { freePort } from './port.ts'
import { endAll, ServerProcess } from './server-process.ts'
import { givenOrOwn, type StartOptions, type StoreServer } from './store-server.ts'

/** A Redis with a password that writes every change to disk. */
export const startRedis = (options: StartOptions = {}): Promise<StoreServer | null> => givenOrOwn('redis', options, startOwn)

async function startOwn({ tls = false }: StartOptions): Promise<StoreServer> {
  const command = await fromApt('redis-server', ['redis-server'])
  const folder = serverFolder('redis')
  const certificates = tls ? await makeCertificates(folder) : null
  const ca = certificates?.ca ?? null
  const port = await freePort()
  const password = randomUUID()
  const listening = certificates
    ? ['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no', '--tls-ca-cert-file', certificates.caFile].concat([
        '--tls-cert-file',
        certificates.certFile,
        '--tls-key-file',
        certificates.keyFile,
      ])
    : ['--port', `${port}`]
  const server = await ServerProcess.start({
    name: 'Redis',
    command,
    args: [...listening, '--bind', '127.0.0.1', '--dir', folder, '--requirepass', password, '--appendonly', 'yes'],
    folder,
    ready: async () => {
      const answer = await firstWords(port, `AUTH ${password}\r\n`, ca)
      if (!answer.toString().startsWith('+OK')) throw new Error(answer.toString())
    },
  })
  const url = `${tls ? 'rediss' : 'redis'}://:${password}@127.0.0.1:${port}`
  return { url, ca, control: server, stop: () => endAll([server], folder) }
}
