import { searchIndexContract } from '../../services/search/ports/search-index.contract.ts'
import { openElasticsearchSearchIndex } from './search-index.ts'
import { newPrefix, onEverySearchServer, removeIndices } from './testing.ts'

await onEverySearchServer((server, name) => {
  searchIndexContract(name, async () => {
    const prefix = newPrefix()
    return {
      open: () => openElasticsearchSearchIndex({ url: server.url, prefix }),
      remove: () => removeIndices(server, prefix),
    }
  })
})
