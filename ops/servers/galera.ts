import { randomUUID } from 'node:crypto'
import type { RowDataPacket } from 'mysql2/promise'
import { serverFolder } from './folder.ts'
import { onServer, prepareNode, type Node } from './mariadb.ts'
import { fromApt } from './obtain/apt.ts'
import { findFile } from './obtain/command.ts'
import { freePorts } from './port.ts'
import { endAll, ServerProcess, type Launch } from './server-process.ts'
import { NotAvailable, type ServerControl } from './store-server.ts'

const PROVIDERS = ['/usr/lib/galera/libgalera_smm.so', '/usr/lib64/galera/libgalera_smm.so', '/usr/lib/libgalera_smm.so']
const READY_MS_MAX = 90_000

export type GaleraNode = { url: string; control: ServerControl }

export type GaleraCluster = { nodes: GaleraNode[]; stop: () => Promise<void> }

/** Three MariaDB nodes that hold the same data; null, with a sentence on stderr, where they cannot be had. */
export async function startGalera(size = 3): Promise<GaleraCluster | null> {
  try {
    return await startOwn(size)
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error
    process.stderr.write(`Galera skipped: ${error.message}\n`)
    return null
  }
}

async function startOwn(size: number): Promise<GaleraCluster> {
  const command = await fromApt('mariadbd', ['mariadb-server'])
  await fromApt('rsync', ['rsync'])
  await fromApt('lsof', ['lsof'])
  const provider = findFile(PROVIDERS)
  if (!provider) throw new NotAvailable('there is no libgalera_smm.so: install galera-4')
  const folder = serverFolder('galera')
  const ports = await freePorts(3 * size)
  const places = Array.from({ length: size }, (_, index) => placeOf(ports.slice(3 * index, 3 * index + 3)))
  const password = randomUUID()
  const nodes: (GaleraNode & { stop: () => Promise<void> })[] = []
  const stop = () => endAll(nodes, folder)
  try {
    for (const place of places) {
      const own = serverFolder('galera-node', 'mysql')
      const node = await prepareNode(command, own, password)
      const launch = {
        ...node.launch,
        name: `Galera node ${nodes.length + 1}`,
        args: [...node.launch.args, ...clusterArgs(provider, places, place)],
      }
      const process = await startNode(launch, node, nodes.length === 0)
      nodes.push({ url: node.url, control: process, stop: () => endAll([process], own) })
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { nodes, stop }
}

type Place = { group: number; incremental: number; whole: number }

const placeOf = ([group = 0, incremental = 0, whole = 0]: number[]): Place => ({ group, incremental, whole })

function clusterArgs(provider: string, places: readonly Place[], { group, incremental, whole }: Place): string[] {
  const listening = `gmcast.listen_addr=tcp://127.0.0.1:${group};ist.recv_addr=127.0.0.1:${incremental};gcache.size=32M`
  return [
    '--binlog-format=ROW',
    '--innodb-autoinc-lock-mode=2',
    '--wsrep-on=ON',
    `--wsrep-provider=${provider}`,
    '--wsrep-cluster-name=capstan',
    `--wsrep-cluster-address=gcomm://${places.map((place) => `127.0.0.1:${place.group}`).join(',')}`,
    `--wsrep-node-address=127.0.0.1:${group}`,
    '--wsrep-sst-method=rsync',
    `--wsrep-provider-options=${listening}`,
    `--wsrep-sst-receive-address=127.0.0.1:${whole}`,
  ]
}

/** Only the very first start founds the cluster: the same node, started again, joins what the others kept. */
function startNode(launch: Omit<Launch, 'ready'>, { url }: Node, founds: boolean): Promise<ServerProcess> {
  let isFirst = founds
  const args = () => (isFirst ? [...launch.args, '--wsrep-new-cluster'] : launch.args)
  const ready = async () => {
    await onServer(url, null, async (connection) => {
      const [rows] = await connection.query<RowDataPacket[]>("show status like 'wsrep_local_state_comment'")
      if (rows[0]?.['Value'] !== 'Synced') throw new Error(`the node is ${String(rows[0]?.['Value'])}`)
    })
    isFirst = false
  }
  return ServerProcess.start({
    ...launch,
    get args() {
      return args()
    },
    ready,
    readyMsMax: READY_MS_MAX,
  })
}
