/* The search service: what compose.ts and http.ts need of it. The query language is described in docs/guides/search-language.md. */
export {
  createIndexer,
  type Indexer,
  type AssetEvent,
  type FetchDocuments,
  type IndexerDeps,
  type RebuildSource,
} from './use-cases/index-assets.ts'
export { countAssets, searchAssets, type FoundAssets, type SearchAssets, type SearchAssetsDeps } from './use-cases/search-assets.ts'
export { toSearchDocument, type AssetForSearch } from './domain/to-search-document.ts'
export type { SearchDocument, Tombstone } from './domain/document.ts'
export type { Checkpoint, IndexState, SearchIndex, SearchScope } from './ports/search-index.ts'
