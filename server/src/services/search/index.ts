/* The search service: what compose.ts and http.ts need of it. The query language is described in docs/guides/search-language.md. */
export { createIndexer } from './use-cases/index-assets.ts'
export { searchAssets } from './use-cases/search-assets.ts'
export { toSearchDocument } from './domain/to-search-document.ts'
export type { SearchDocument } from './domain/document.ts'
