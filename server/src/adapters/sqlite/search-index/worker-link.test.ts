import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bindQuery } from '../../../services/search/domain/bind-query.ts'
import { parseQuery } from '../../../services/search/domain/parse-query.ts'
import { searchCorpus } from '../../../services/search/ports/search-index.corpus.ts'
import { WorkerLink } from './worker-link.ts'

/** Enough to keep the thread busy for longer than a loaded machine takes to notice that a millisecond has passed. */
const WAITING = 3_000

const countOf = (q: string) => ({
  request: { accountId: 1, scope: 'all' as const, where: bindQuery(parseQuery(q), { nowMs: 0 }).where },
  timeoutMs: 5_000,
})

test('a thread that does not come back in time is replaced; what waited is answered by the new one', { timeout: 30_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-search-'))
  const path = join(folder, 'search.db')
  const writer = new WorkerLink({ role: 'writer', path })
  const reader = new WorkerLink({ role: 'reader', path })
  try {
    await writer.call('open', null, null)
    await writer.call('write', { documents: searchCorpus(400), tombstones: [], checkpoints: [], completesRebuild: true }, null)
    await reader.call('open', null, null)
    const patient = Array.from({ length: WAITING }, (_, i) => reader.call('count', countOf(`*a* number:>=${i - WAITING}`), 20_000))
    await expect(reader.call('count', countOf('city'), 1)).rejects.toMatchObject({ code: 'timeout' })
    const counts = await Promise.all(patient)
    expect(new Set(counts).size).toBe(1)
    expect(await reader.call('count', countOf('kind:video'), 20_000)).toBeGreaterThan(50)
  } finally {
    await reader.close()
    await writer.close()
    await rm(folder, { recursive: true })
  }
})

test('a thread that cannot open its file says so and leaves nobody waiting', async () => {
  const reader = new WorkerLink({ role: 'reader', path: '/nowhere/at/all/search.db' })
  await expect(reader.call('open', null, 10_000)).rejects.toBeInstanceOf(Error)
  await expect(reader.call('state', null, 10_000)).rejects.toMatchObject({ code: 'unavailable' })
  await reader.close()
  await expect(reader.call('state', null, null)).rejects.toMatchObject({ code: 'unavailable' })
})
