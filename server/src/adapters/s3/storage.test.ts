import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { storageContract } from '../../ports/storage.contract.ts'
import { s3ForTests } from './testing.ts'

const s3 = await s3ForTests()
afterAll(() => s3?.stop())

describe.skipIf(s3 === null)('on an S3', () => {
  storageContract('s3', async () => {
    const [storage, folder] = [await s3!.open(), await s3!.newFolder()]
    let files = 0
    const makeLocalFile = async (content: string) => {
      const path = join(folder, `local-${++files}`)
      await writeFile(path, content)
      return path
    }
    return { storage, makeLocalFile, close: async () => storage.close() }
  })
})
