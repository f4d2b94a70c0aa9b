import { randomUUID } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { firstWords } from './ask.ts'
import { makeCertificates, type Certificates } from './certificates.ts'
import { giveTo, serverFolder } from './folder.ts'
import { fromApt } from './obtain/apt.ts'
import { findFile, findProgram } from './obtain/command.ts'
import { freePorts } from './port.ts'
import { endAll, ServerProcess } from './server-process.ts'
import { givenOrOwn, NotAvailable, type ServerControl, type StartOptions, type StoreServer } from './store-server.ts'

const USER = 'rabbitmq'
/** The one on PATH is Debian's wrapper, which changes the user by itself and loses its parent. */
const SERVERS = [
  '/usr/lib/rabbitmq/bin/rabbitmq-server',
  '/usr/local/lib/rabbitmq/bin/rabbitmq-server',
  '/opt/rabbitmq/sbin/rabbitmq-server',
]
const READY_MS_MAX = 120_000

export type RabbitmqServer = StoreServer & {
  /** Every node of ours; the address of the server is the first one's. */
  nodes: { url: string; control: ServerControl }[]
}

/** A RabbitMQ of `nodes` nodes that know each other. */
export async function startRabbitmq(options: StartOptions & { nodes?: number } = {}): Promise<RabbitmqServer | null> {
  const own: { nodes: RabbitmqServer['nodes'] } = { nodes: [] }
  const server = await givenOrOwn('rabbitmq', options, async ({ tls = false }) => {
    const started = await startOwn(tls, options.nodes ?? 1)
    own.nodes = started.nodes
    return started
  })
  return server && { ...server, nodes: own.nodes }
}

async function startOwn(tls: boolean, size: number): Promise<RabbitmqServer> {
  await fromApt('rabbitmq-server', ['rabbitmq-server'])
  const command = findFile(SERVERS)
  const epmd = findProgram('epmd')
  if (!command || !epmd) throw new NotAvailable('RabbitMQ is not laid out as Debian does it')
  const folder = serverFolder('rabbitmq', USER)
  const certificates = tls ? await makeCertificates(folder, USER) : null
  await writeFile(join(folder, '.erlang.cookie'), randomUUID())
  await chmod(join(folder, '.erlang.cookie'), 0o400)
  giveTo(USER, join(folder, '.erlang.cookie'))
  const password = randomUUID()
  const running: ServerProcess[] = []
  const nodes: RabbitmqServer['nodes'] = []
  const stop = () => endAll(running, folder)
  try {
    const mapper = await startPortMapper(epmd)
    running.push(mapper.process)
    for (let index = 0; index < size; index++) {
      const node = await startNode({ command, folder, mapperPort: mapper.port, certificates, password, index })
      running.push(node.control)
      nodes.push(node)
    }
  } catch (error) {
    await stop()
    throw error
  }
  const [first] = nodes
  if (!first) throw new Error('a RabbitMQ has one node at least')
  return { ...first, ca: certificates?.ca ?? null, nodes, stop }
}

/** Erlang starts its port mapper by itself, as a daemon that outlives everything: so it finds one of ours already there. */
async function startPortMapper(command: string): Promise<{ process: ServerProcess; port: number }> {
  const [port = 0] = await freePorts(1)
  const process = await ServerProcess.start({
    name: 'epmd',
    command,
    args: ['-address', '127.0.0.1', '-port', `${port}`],
    user: USER,
    folder: serverFolder('epmd', USER),
    // "Which names are there?", length first.
    ready: () => firstWords(port, '\x00\x01n'),
  })
  return { process, port }
}

type Node = { command: string; folder: string; mapperPort: number; certificates: Certificates | null; password: string; index: number }

async function startNode({ command, folder, mapperPort, certificates, password, index }: Node) {
  const [port = 0, distribution = 0] = await freePorts(2)
  const base = serverFolder(`rabbitmq-node${index + 1}`, USER)
  const config = join(base, 'rabbitmq.conf')
  await writeFile(config, configuration({ port, certificates, password, index }))
  await writeFile(join(base, 'enabled_plugins'), '[].\n')
  giveTo(USER, base)
  const control = await ServerProcess.start({
    name: `RabbitMQ node ${index + 1}`,
    command,
    args: [],
    env: environment({ base, folder, port, distribution, mapperPort, index }),
    user: USER,
    folder: base,
    ready: () => firstWords(port, 'AMQP\x00\x00\x09\x01', certificates?.ca),
    readyMsMax: READY_MS_MAX,
  })
  return { url: `${certificates ? 'amqps' : 'amqp'}://capstan:${password}@127.0.0.1:${port}`, control }
}

const nodeName = (index: number) => `capstan${index + 1}@localhost`

function configuration({
  port,
  certificates,
  password,
  index,
}: Pick<Node, 'certificates' | 'password' | 'index'> & { port: number }): string {
  const listening = certificates
    ? ['listeners.tcp = none', `listeners.ssl.1 = 127.0.0.1:${port}`, `ssl_options.cacertfile = ${certificates.caFile}`]
        .concat([`ssl_options.certfile = ${certificates.certFile}`, `ssl_options.keyfile = ${certificates.keyFile}`])
        .concat(['ssl_options.verify = verify_none', 'ssl_options.fail_if_no_peer_cert = false'])
    : [`listeners.tcp.1 = 127.0.0.1:${port}`]
  const others = Array.from({ length: index }, (_, other) => `cluster_formation.classic_config.nodes.${other + 1} = ${nodeName(other)}`)
  const joining = index > 0 ? ['cluster_formation.peer_discovery_backend = classic_config', ...others] : []
  return [...listening, 'default_user = capstan', `default_pass = ${password}`, 'loopback_users = none', ...joining, ''].join('\n')
}

type Places = { base: string; folder: string; port: number; distribution: number; mapperPort: number; index: number }

function environment({ base, folder, port, distribution, mapperPort, index }: Places): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    HOSTNAME: hostname(),
    HOME: folder,
    ERL_EPMD_PORT: `${mapperPort}`,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: nodeName(index),
    RABBITMQ_NODE_PORT: `${port}`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: `${distribution}`,
    RABBITMQ_MNESIA_BASE: join(base, 'db'),
    RABBITMQ_LOG_BASE: join(base, 'log-files'),
    RABBITMQ_CONFIG_FILE: join(base, 'rabbitmq'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(base, 'enabled_plugins'),
    // "Allow input" makes the script become the server instead of standing in front of it, so that signals and our death reach it.
    RABBITMQ_ALLOW_INPUT: 'true',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-noinput +sbwt none +S 1:1 -kernel inet_dist_use_interface {127,0,0,1}',
  }
}
