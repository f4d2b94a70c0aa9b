import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { askSurely } from './ask.ts'
import { makeCertificates, type Certificates } from './certificates.ts'
import { serverFolder } from './folder.ts'
import { findProgram } from './obtain/command.ts'
import { fromGo } from './obtain/go.ts'
import { freePorts } from './port.ts'
import { endAll, ServerProcess } from './server-process.ts'
import { givenOrOwn, type StartOptions, type StoreServer } from './store-server.ts'

const GO_MOD = fileURLToPath(new URL('./consul/go.mod', import.meta.url))

/** A Consul server that refuses everything without a token; the password of its address is the token that may do all. */
export const startConsul = (options: StartOptions = {}): Promise<StoreServer | null> => givenOrOwn('consul', options, startOwn)

export const obtainConsul = async (): Promise<string> =>
  findProgram('consul') ?? fromGo({ name: 'consul', version: '1.21.0', package: 'github.com/hashicorp/consul', goMod: GO_MOD })

async function startOwn({ tls = false }: StartOptions): Promise<StoreServer> {
  const command = await obtainConsul()
  const folder = serverFolder('consul')
  const certificates = tls ? await makeCertificates(folder) : null
  const ca = certificates?.ca ?? null
  const [port = 0, ...inner] = await freePorts(4)
  const token = randomUUID()
  const config = join(folder, 'consul.json')
  await writeFile(config, JSON.stringify(configuration({ folder, port, inner, token, certificates })))
  const scheme = tls ? 'https' : 'http'
  const ready = async () => {
    // Reads with consistency need a leader, and the token works only when the leader has set the rules up.
    const headers = { 'x-consul-token': token }
    await askSurely(`${scheme}://127.0.0.1:${port}/v1/acl/token/self`, { headers, ca })
    await askSurely(`${scheme}://127.0.0.1:${port}/v1/catalog/services?consistent`, { headers, ca })
  }
  const server = await ServerProcess.start({ name: 'Consul', command, args: ['agent', `-config-file=${config}`], folder, ready })
  return { url: `${scheme}://capstan:${token}@127.0.0.1:${port}`, ca, control: server, stop: () => endAll([server], folder) }
}

type Places = { folder: string; port: number; inner: number[]; token: string; certificates: Certificates | null }

const configuration = ({ folder, port, inner: [gossip = 0, raft = 0, dns = 0], token, certificates }: Places) => ({
  server: true,
  bootstrap_expect: 1,
  node_name: 'capstan',
  bind_addr: '127.0.0.1',
  client_addr: '127.0.0.1',
  data_dir: join(folder, 'data'),
  disable_update_check: true,
  performance: { raft_multiplier: 1 },
  connect: { enabled: false },
  ports: {
    http: certificates ? -1 : port,
    https: certificates ? port : -1,
    dns,
    grpc: -1,
    grpc_tls: -1,
    serf_lan: gossip,
    serf_wan: -1,
    server: raft,
  },
  ...(certificates
    ? { tls: { defaults: { ca_file: certificates.caFile, cert_file: certificates.certFile, key_file: certificates.keyFile } } }
    : {}),
  acl: { enabled: true, default_policy: 'deny', tokens: { initial_management: token, agent: token } },
})
