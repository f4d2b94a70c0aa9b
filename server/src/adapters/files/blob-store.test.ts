import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
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
  return { blobs: new FileBlobStore(join(root, 'blobs')), stage }
})
