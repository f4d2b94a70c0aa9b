import { onTestFinished } from 'vitest'
import { sourceFilesContract } from '../../services/transfer/ports/source-files.contract.ts'
import { FileHasher } from './file-hasher.ts'
import { LocalSourceFiles } from './source-files.ts'

sourceFilesContract('local files', () => {
  const hasher = new FileHasher(1)
  onTestFinished(() => hasher.close())
  return new LocalSourceFiles(hasher)
})
