import { randomUUID } from 'node:crypto'
import { ask } from '../../../../ops/servers/ask.ts'
import { startElasticsearch } from '../../../../ops/servers/elasticsearch.ts'
import { startOpensearch } from '../../../../ops/servers/opensearch.ts'
import type { StartOptions, StoreServer } from '../../../../ops/servers/store-server.ts'
import { afterAll, describe } from 'vitest'

const PRODUCTS = { Elasticsearch: startElasticsearch, OpenSearch: startOpensearch }

/** Tests that every product has to pass, one server at a time; skipped where a server cannot be had. For tests only. */
export async function onEverySearchServer(tests: (server: StoreServer, name: string) => void, options: StartOptions = {}): Promise<void> {
  for (const [name, start] of Object.entries(PRODUCTS)) {
    const server = await start(options)
    describe.skipIf(server === null)(`on ${name}`, () => {
      afterAll(() => server?.stop())
      if (server) tests(server, name)
    })
  }
}

/** What the names of a test's indexes begin with. */
export const newPrefix = (): string => `t${randomUUID().slice(0, 13)}`

/** Removes a test's indexes. */
export async function removeIndices({ url }: StoreServer, prefix: string): Promise<void> {
  const { json } = await ask(`${url}/${prefix}-*/_alias`)
  for (const index of Object.keys(json as object)) await ask(`${url}/${index}`, { method: 'DELETE' })
}
