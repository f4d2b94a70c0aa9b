import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { askSurely } from './ask.ts'
import { makeCertificates } from './certificates.ts'
import { serverFolder } from './folder.ts'
import { guardedFront } from './front.ts'
import { findJava } from './obtain/java.ts'
import { freePorts } from './port.ts'
import { endAll, ServerProcess } from './server-process.ts'
import type { StoreServer } from './store-server.ts'

const READY_MS_MAX = 120_000

export type SearchEngine = {
  name: string
  /** Holds `lib` with jars and `classes` with our Main. */
  installed: string
  tls: boolean
}

/** A node of a search engine in a Java of its own. The bare cores know no users and no TLS: with `tls` a front of ours has both, and the node has not. */
export async function startSearchEngine({ name, installed, tls }: SearchEngine): Promise<StoreServer> {
  const java = await findJava()
  const folder = serverFolder(name.toLowerCase())
  const [port = 0, transport = 0] = await freePorts(2)
  const heap = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '--enable-native-access=ALL-UNNAMED']
  const classPath = `${join(installed, 'classes')}:${join(installed, 'lib', '*')}`
  const server = await ServerProcess.start({
    name,
    command: java,
    args: [...heap, `-Djava.io.tmpdir=${folder}`, '-cp', classPath, 'Main', join(folder, 'home'), installed, `${port}`, `${transport}`],
    folder,
    ready: () => askSurely(`http://127.0.0.1:${port}/_cluster/health?wait_for_status=yellow&timeout=1s`),
    readyMsMax: READY_MS_MAX,
  })
  if (!tls) return { url: `http://127.0.0.1:${port}`, ca: null, control: server, stop: () => endAll([server], folder) }
  const certificates = await makeCertificates(folder)
  const user = { name: 'capstan', password: randomUUID() }
  const front = await guardedFront(port, certificates, user)
  const url = `https://${user.name}:${user.password}@127.0.0.1:${front.port}`
  return { url, ca: certificates.ca, control: server, stop: () => endAll([server, front], folder) }
}
