import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { watchedFoldersContract } from '../../services/transfer/ports/watched-folders.contract.ts'
import { LocalWatchedFolders } from './watched-folders.ts'

watchedFoldersContract('local folders', () => new LocalWatchedFolders())

test('a local file system tells of a new file by its name, until nobody listens', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-watched-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const told: (string | null)[] = []
  const watching = new LocalWatchedFolders().watch(folder, (name) => told.push(name))
  await writeFile(join(folder, 'a.mov'), '')
  await vi.waitFor(() => expect(told).toContain('a.mov'), { timeout: 5_000 })
  watching.close()
  const before = told.length
  await writeFile(join(folder, 'b.mov'), '')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(told).toHaveLength(before)
})
