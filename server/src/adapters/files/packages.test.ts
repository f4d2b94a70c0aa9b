import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { MANIFEST } from '../../services/transfer/domain/package.ts'
import { packagesContract } from '../../services/transfer/ports/packages.contract.ts'
import { FileHasher } from './file-hasher.ts'
import { LocalPackages } from './packages.ts'

packagesContract('local folders', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-packages-'))
  const root = join(folder, 'published with space')
  const hasher = new FileHasher(1)
  onTestFinished(async () => {
    await hasher.close()
    await rm(folder, { recursive: true })
  })
  let files = 0
  return {
    packages: new LocalPackages(root, hasher),
    makeLocalFile: async (content) => {
      const path = join(folder, `local-${files++}`)
      await writeFile(path, content)
      return path
    },
    visible: async () => (await readdir(root).catch(() => [])).filter((name) => !name.startsWith('.')).sort(),
    textOf: (name, path) => readFile(join(root, name, path), 'utf8').catch(() => null),
    makeForeign: async (name, manifest) => {
      await mkdir(join(root, name), { recursive: true })
      if (manifest !== null) await writeFile(join(root, name, MANIFEST), manifest)
    },
  }
})
