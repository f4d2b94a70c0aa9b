import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile, fetchJars } from './obtain/java.ts'
import { made } from './obtain/made.ts'
import { startSearchEngine } from './search-engine.ts'
import { givenOrOwn, type StartOptions, type StoreServer } from './store-server.ts'

const FOLDER = fileURLToPath(new URL('./opensearch/', import.meta.url))
const POM = join(FOLDER, 'pom.xml')
const CODE = ['Main.java', 'WithoutThai.java'].map((name) => join(FOLDER, name))

/** An OpenSearch with its own modules: language analysis (without Thai), scripts, reindex, geo. */
export const startOpensearch = (options: StartOptions = {}): Promise<StoreServer | null> =>
  givenOrOwn('opensearch', options, async ({ tls = false }) =>
    startSearchEngine({ name: 'OpenSearch', installed: await obtainOpensearch(), tls }),
  )

export const obtainOpensearch = (): Promise<string> => made({ name: 'opensearch', version: '3.5.0', sources: [POM, ...CODE], make })

async function make(folder: string): Promise<void> {
  const lib = join(folder, 'lib')
  await fetchJars(POM, lib)
  await compile({ sources: CODE, lib, classes: join(folder, 'classes') })
}
