import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
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

test.each([
  ['itself', 'proxy.mp4'],
  ['in a folder that is one', 'hls/secret'],
])('a link that a tool left is no rendition: %s', async (_, path) => {
  const root = mkdtempSync(join(tmpdir(), 'capstan-blobs-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const staged = join(root, 'staged')
  mkdirSync(staged)
  writeFileSync(join(root, 'secret'), 'of ours')
  symlinkSync('../secret', join(staged, 'proxy.mp4'))
  symlinkSync('..', join(staged, 'hls'))
  const placed = new FileBlobStore(join(root, 'blobs')).place(staged, '1/a/b', [{ path, mediaType: 'video/mp4' }])
  await expect(placed).rejects.toMatchObject({ code: 'invalid' })
})
