import type { SearchDocument, Tombstone } from '../domain/document.ts'
import type { Checkpoint, SearchIndex } from '../ports/search-index.ts'

export type AssetEvent = { readonly accountId: number; readonly assetId: string; readonly sequence: number }

/** The present state of assets by their ids; one that is gone for good comes as a tombstone, one that never was does not come. */
export type FetchDocuments = (
  accountId: number,
  assetIds: readonly string[],
) => Promise<{ readonly documents: readonly SearchDocument[]; readonly tombstones: readonly Tombstone[] }>

export type IndexerDeps = { readonly index: SearchIndex; readonly fetchDocuments: FetchDocuments }

export type RebuildSource = {
  /** How far the events of each account go now; asked before the first page. */
  readonly checkpoints: () => Promise<readonly Checkpoint[]>
  /** Every document there is, a page at a time. */
  readonly pages: () => AsyncIterable<readonly SearchDocument[]>
}

/** Assets fetched and written at once. */
const BATCH_MAX = 500

type Waiting = { events: readonly AssetEvent[]; resolve: () => void; reject: (error: unknown) => void }

export const createIndexer = (deps: IndexerDeps): Indexer => new Indexer(deps)

/**
 * Keeps the index at what the assets are. Events only say which asset changed: their order and number do not matter, and applying them again
 * changes nothing. What arrives while a batch is written goes into the next one.
 */
export class Indexer {
  readonly #index: SearchIndex
  readonly #fetch: FetchDocuments
  #waiting: Waiting[] = []
  #isWorking = false

  constructor({ index, fetchDocuments }: IndexerDeps) {
    this.#index = index
    this.#fetch = fetchDocuments
  }

  /** Resolves when the assets can be found as they are and the checkpoint is kept; after a rejection the same events may be applied again. */
  apply(events: readonly AssetEvent[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject })
      void this.#work()
    })
  }

  /**
   * Writes the whole index anew. Events may be applied meanwhile: revisions decide. When it is interrupted the index goes on asking for a rebuild.
   * Answers how many documents there are.
   */
  async rebuild({ checkpoints, pages }: RebuildSource): Promise<number> {
    const reached = await checkpoints()
    await this.#index.startRebuild()
    let count = 0
    for await (const documents of pages()) {
      await this.#index.write({ documents, tombstones: [], checkpoints: [], completesRebuild: false })
      count += documents.length
    }
    await this.#index.write({ documents: [], tombstones: [], checkpoints: reached, completesRebuild: true })
    return count
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return
    this.#isWorking = true
    while (this.#waiting.length > 0) {
      const taken = this.#waiting.splice(0)
      try {
        await this.#applyAll(taken.flatMap((waiting) => waiting.events))
        for (const { resolve } of taken) resolve()
      } catch (error) {
        for (const { reject } of taken) reject(error)
      }
    }
    this.#isWorking = false
  }

  async #applyAll(events: readonly AssetEvent[]): Promise<void> {
    for (const [accountId, own] of Map.groupBy(events, (event) => event.accountId)) {
      for (const batch of batchesOf(own)) {
        const { documents, tombstones } = await this.#fetch(accountId, batch.assetIds)
        await this.#index.write({ documents, tombstones, checkpoints: [{ accountId, sequence: batch.sequence }], completesRebuild: false })
      }
    }
  }
}

/** In the order of events, so that a checkpoint stands for everything before it. */
function batchesOf(events: readonly AssetEvent[]): { assetIds: string[]; sequence: number }[] {
  const batches: { assetIds: Set<string>; sequence: number }[] = []
  for (const { assetId, sequence } of [...events].sort((a, b) => a.sequence - b.sequence)) {
    const last = batches.at(-1)
    if (last === undefined || last.assetIds.size >= BATCH_MAX) batches.push({ assetIds: new Set([assetId]), sequence })
    else {
      last.assetIds.add(assetId)
      last.sequence = sequence
    }
  }
  return batches.map(({ assetIds, sequence }) => ({ assetIds: [...assetIds], sequence }))
}
