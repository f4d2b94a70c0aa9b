import { expect, test } from 'vitest'
import { CapstanError } from '../../../lib/errors.ts'
import type { SearchDocument } from '../domain/document.ts'
import { searchCorpus } from '../ports/search-index.corpus.ts'
import type { SearchIndex, WriteBatch } from '../ports/search-index.ts'
import { createIndexer } from './index-assets.ts'

/** An index that only remembers what it was told. */
function recordingIndex(): { index: SearchIndex; batches: WriteBatch[]; started: () => number } {
  const batches: WriteBatch[] = []
  let started = 0
  const refuse = (): Promise<never> => Promise.reject(new CapstanError('internal', 'not asked for here'))
  const index: SearchIndex = {
    write: (batch) => {
      batches.push(batch)
      return Promise.resolve()
    },
    startRebuild: () => {
      started++
      return Promise.resolve()
    },
    search: refuse,
    count: refuse,
    state: refuse,
    close: () => Promise.resolve(),
  }
  return { index, batches, started: () => started }
}

const documents = searchCorpus(1_200).map((document): SearchDocument => ({ ...document, accountId: 1 }))
const byId = new Map(documents.map((document) => [document.id, document]))
const fetchDocuments = (_: number, ids: readonly string[]) =>
  Promise.resolve({ documents: ids.flatMap((id) => byId.get(id) ?? []), tombstones: [] })
const eventsFor = (numbers: readonly number[], accountId = 1) =>
  numbers.map((number, i) => ({ accountId, assetId: documents[number - 1]!.id, sequence: i + 1 }))

test('many events about one asset fetch and write it once, with the last checkpoint', async () => {
  const { index, batches } = recordingIndex()
  await createIndexer({ index, fetchDocuments }).apply(eventsFor([3, 3, 4, 3]))
  expect(batches).toHaveLength(1)
  expect(batches[0]!.documents.map((document) => document.number)).toEqual([3, 4])
  expect(batches[0]!.checkpoints).toEqual([{ accountId: 1, sequence: 4 }])
})

test('batches are bounded and each checkpoint stands for everything before it', async () => {
  const { index, batches } = recordingIndex()
  const events = eventsFor(documents.map((document) => document.number))
  await createIndexer({ index, fetchDocuments }).apply([...events].reverse())
  expect(batches.map((batch) => batch.documents.length)).toEqual([500, 500, 200])
  expect(batches.map((batch) => batch.checkpoints[0]!.sequence)).toEqual([500, 1_000, 1_200])
})

test('what arrives while a batch is written goes into the next one', async () => {
  const { index, batches } = recordingIndex()
  const indexer = createIndexer({ index, fetchDocuments })
  await Promise.all([1, 2, 3, 4].map((number) => indexer.apply(eventsFor([number]))))
  expect(batches.map((batch) => batch.documents.length)).toEqual([1, 3])
})

test('accounts keep checkpoints of their own, and an unknown asset only moves the checkpoint', async () => {
  const { index, batches } = recordingIndex()
  await createIndexer({ index, fetchDocuments }).apply([...eventsFor([1]), { accountId: 2, assetId: 'nowhere', sequence: 8 }])
  expect(batches.map(({ checkpoints, documents }) => [checkpoints[0], documents.length])).toEqual([
    [{ accountId: 1, sequence: 1 }, 1],
    [{ accountId: 2, sequence: 8 }, 0],
  ])
})

test('a failure reaches the one who applied, and the next events are applied all the same', async () => {
  const { index, batches } = recordingIndex()
  let fails = true
  const indexer = createIndexer({
    index,
    fetchDocuments: (...asked) => (fails ? Promise.reject(new Error('away')) : fetchDocuments(...asked)),
  })
  await expect(indexer.apply(eventsFor([1]))).rejects.toThrow('away')
  fails = false
  await indexer.apply(eventsFor([1]))
  expect(batches).toHaveLength(1)
})

test('a rebuild begins anew, writes every page and then says how far it reaches', async () => {
  const { index, batches, started } = recordingIndex()
  const count = await createIndexer({ index, fetchDocuments }).rebuild({
    checkpoints: () => Promise.resolve([{ accountId: 1, sequence: 70 }]),
    async *pages() {
      yield documents.slice(0, 700)
      yield documents.slice(700)
    },
  })
  expect([count, started()]).toEqual([1_200, 1])
  expect(batches.map((batch) => [batch.documents.length, batch.completesRebuild])).toEqual([
    [700, false],
    [500, false],
    [0, true],
  ])
  expect(batches.at(-1)!.checkpoints).toEqual([{ accountId: 1, sequence: 70 }])
})
