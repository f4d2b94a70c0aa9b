import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { blobStoreContract } from '../../services/assets/ports/blob-store.contract.ts'
import { S3BlobStore } from './blob-store.ts'
import { s3ForTests } from './testing.ts'

const s3 = await s3ForTests()
afterAll(() => s3?.stop())

describe.skipIf(s3 === null)('on an S3', () => {
  blobStoreContract('s3', async () => {
    const [storage, root] = [await s3!.open(), await s3!.newFolder()]
    let staged = 0
    const stage = () => {
      const folder = join(root, `staged-${staged++}`)
      mkdirSync(folder)
      return folder
    }
    const textOf = (path: string) => storage.withLocal(path, (local) => readFile(local, 'utf8')).catch(() => null)
    return { blobs: new S3BlobStore(storage), stage, textOf }
  })
})
