import { mkdtemp, readdir, rm, truncate, writeFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bindQuery } from '../../services/search/domain/bind-query.ts'
import { parseQuery } from '../../services/search/domain/parse-query.ts'
import { searchCorpus } from '../../services/search/ports/search-index.corpus.ts'
import { searchIndexContract } from '../../services/search/ports/search-index.contract.ts'
import type { SearchRequest } from '../../services/search/ports/search-index.ts'
import { openSqliteSearchIndex } from './search-index.ts'

const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'capstan-search-'))

searchIndexContract('sqlite', async () => {
  const folder = await temporaryFolder()
  return {
    open: () => openSqliteSearchIndex(join(folder, 'search.db')),
    remove: () => rm(folder, { recursive: true }),
  }
})

const request = (q: string): SearchRequest => ({
  accountId: 1,
  scope: 'all',
  ...bindQuery(parseQuery(q), { nowMs: 0 }),
  limit: 10,
  cursor: null,
  facets: [],
})

describe('the file of the embedded search index', () => {
  let folder: string
  let path: string
  const corpus = searchCorpus(400)
  const whole = { documents: corpus, tombstones: [], checkpoints: [], completesRebuild: true }

  beforeEach(async () => {
    folder = await temporaryFolder()
    path = join(folder, 'search.db')
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function filled(): Promise<void> {
    const index = await openSqliteSearchIndex(path)
    await index.write(whole)
    await index.close()
  }

  test('a file that is no database is moved aside and an empty index asks for a rebuild', async () => {
    await writeFile(path, 'not a database, but long enough to be read as one'.repeat(100))
    const index = await openSqliteSearchIndex(path)
    expect((await index.state()).needsRebuild).toBe(true)
    await index.write(whole)
    expect(await index.count(request('kind:video'))).toBeGreaterThan(10)
    await index.close()
    expect(await readdir(folder)).toContain('search.db.damaged')
  })

  test('a file cut short is noticed, and a rebuild makes a good one of it', async () => {
    await filled()
    await truncate(path, Math.floor((await stat(path)).size / 8192) * 4096)
    const index = await openSqliteSearchIndex(path)
    for (const q of ['', 'city', 'n*'])
      await index.search(request(q)).catch((error: unknown) => expect(error).toMatchObject({ code: 'unavailable' }))
    expect((await index.state()).needsRebuild).toBe(true)
    await index.startRebuild()
    await index.write(whole)
    expect(await index.count(request('city'))).toBeGreaterThan(10)
    expect((await index.state()).needsRebuild).toBe(false)
    await index.close()
  })

  test('an index of another version begins anew', async () => {
    await filled()
    const { DatabaseSync } = await import('node:sqlite')
    const db = new DatabaseSync(path)
    db.exec("update meta set value = 'older' where key = 'version'")
    db.close()
    const index = await openSqliteSearchIndex(path)
    expect(await index.state()).toEqual({ documents: 0, checkpoints: [], needsRebuild: true })
    await index.close()
  })

  test('a search past its time ends with timeout and the next one is answered', async () => {
    await filled()
    const impatient = await openSqliteSearchIndex(path, { timeoutMs: 0 })
    await expect(impatient.search(request('city'))).rejects.toMatchObject({ code: 'timeout' })
    await impatient.close()
    const index = await openSqliteSearchIndex(path)
    expect((await index.search(request('city'))).total).toBeGreaterThan(10)
    await index.close()
  })
})
