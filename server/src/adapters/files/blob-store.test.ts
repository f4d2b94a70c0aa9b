import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { blobStoreContract } from '../../services/assets/ports/blob-store.contract.ts'
import { FileBlobStore } from './blob-store.ts'

blobStoreContract('files', async () => {
  const root = mkdtempSync(join(tmpdir(), 'capstan-blobs-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  let staged = 0
  const stage = () => {
    const folder = join(root, `staged-${staged++}`)
    mkdirSync(folder)
    return folder
  }
  const blobs = new FileBlobStore(join(root, 'blobs'))
  return { blobs, stage, textOf: (path) => readFile(blobs.resolve(path), 'utf8').catch(() => null) }
})

it('says where a file lies, and refuses what leaves the storage', () => {
  const blobs = new FileBlobStore('/blobs')
  expect(blobs.resolve('1/a/r')).toBe('/blobs/1/a/r')
  expect(() => blobs.resolve('1/../..')).toThrow(expect.objectContaining({ code: 'invalid' }))
})
