import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile, fetchJars } from './obtain/java.ts'
import { made } from './obtain/made.ts'
import { startSearchEngine } from './search-engine.ts'
import { givenOrOwn, type StartOptions, type StoreServer } from './store-server.ts'

const SOURCES = fileURLToPath(new URL('./opensearch/', import.meta.url))

/** An OpenSearch with its own modules: language analysis, scripts, reindex, geo. */
export const startOpensearch = (options: StartOptions = {}): Promise<StoreServer | null> =>
  givenOrOwn('opensearch', options, async ({ tls = false }) =>
    startSearchEngine({ name: 'OpenSearch', installed: await obtainOpensearch(), tls }),
  )

export const obtainOpensearch = (): Promise<string> => made({ name: 'opensearch', version: '3.5.0', make })

async function make(folder: string): Promise<void> {
  const lib = join(folder, 'lib')
  await fetchJars(join(SOURCES, 'pom.xml'), lib)
  await compile({ sources: [join(SOURCES, 'Main.java')], lib, classes: join(folder, 'classes') })
}
