import { copyFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ZipFile } from 'yazl'
import { compile, fetchJars } from './obtain/java.ts'
import { made } from './obtain/made.ts'
import { startSearchEngine } from './search-engine.ts'
import { givenOrOwn, type StartOptions, type StoreServer } from './store-server.ts'

const SOURCES = fileURLToPath(new URL('./elasticsearch/', import.meta.url))

const FILES = ['pom.xml', 'Main.java', 'analysis/Analysis.java', 'analysis.properties', 'transport-netty4.properties']

/** An Elasticsearch core with our own few token filters: no scripts, no reindex, no language analysers, nothing at `GET /`. */
export const startElasticsearch = (options: StartOptions = {}): Promise<StoreServer | null> =>
  givenOrOwn('elasticsearch', options, async ({ tls = false }) =>
    startSearchEngine({ name: 'Elasticsearch', installed: await obtainElasticsearch(), tls }),
  )

export const obtainElasticsearch = (): Promise<string> =>
  made({ name: 'elasticsearch', version: '9.5.3', sources: FILES.map((name) => join(SOURCES, name)), make })

async function make(folder: string): Promise<void> {
  const lib = join(folder, 'lib')
  await fetchJars(join(SOURCES, 'pom.xml'), lib)
  const plugin = join(folder, 'plugins', 'analysis')
  await mkdir(plugin, { recursive: true })
  await compile({ sources: [join(SOURCES, 'Main.java')], lib, classes: join(folder, 'classes') })
  await compile({ sources: [join(SOURCES, 'analysis', 'Analysis.java')], lib, classes: join(plugin, 'classes') })
  await packJar(join(plugin, 'classes'), join(plugin, 'analysis.jar'))
  await copyFile(join(SOURCES, 'analysis.properties'), join(plugin, 'plugin-descriptor.properties'))
  await moveTransport(lib, join(folder, 'modules', 'transport-netty4'))
}

/** The network layer has to be a module beside its descriptor; on the class path it is not found. */
async function moveTransport(lib: string, module: string): Promise<void> {
  await mkdir(module, { recursive: true })
  for (const jar of await readdir(lib)) if (/^(transport-netty4|netty-)/.test(jar)) await rename(join(lib, jar), join(module, jar))
  await copyFile(join(SOURCES, 'transport-netty4.properties'), join(module, 'plugin-descriptor.properties'))
}

async function packJar(classes: string, jar: string): Promise<void> {
  const zip = new ZipFile()
  for (const entry of await readdir(classes, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) zip.addFile(path, path.slice(classes.length + 1))
  }
  zip.end()
  await writeFile(jar, await buffer(zip.outputStream))
}
