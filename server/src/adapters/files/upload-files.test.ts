import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { uploadFilesContract } from '../../services/transfer/ports/upload-files.contract.ts'
import { FileHasher } from './file-hasher.ts'
import { LocalUploadFiles } from './upload-files.ts'

uploadFilesContract('local files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-uploads-'))
  const hasher = new FileHasher(1)
  onTestFinished(async () => {
    await hasher.close()
    await rm(folder, { recursive: true })
  })
  return () => new LocalUploadFiles(join(folder, 'uploads'), hasher)
})
