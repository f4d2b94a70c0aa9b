import { mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FileHasher } from '../../adapters/files/file-hasher.ts'
import { LocalSourceFiles } from '../../adapters/files/source-files.ts'
import type { AssetsApi } from '../assets/api.ts'
import { openOriginal } from './original-path.ts'

let folder: string
let hasher: FileHasher
let sources: LocalSourceFiles
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-original-'))
  hasher = new FileHasher(1)
  sources = new LocalSourceFiles(hasher)
})
afterAll(async () => {
  await hasher.close()
  await rm(folder, { recursive: true, force: true })
})

/** A file in place; `meanwhile` happens after the look and before the opening. */
async function inPlace(meanwhile: (path: string, secret: string) => Promise<void>) {
  const own = await mkdtemp(join(folder, 'in-place-'))
  const [path, secret] = [join(own, 'film.mov'), join(own, 'secret')]
  await writeFile(path, 'film')
  await writeFile(secret, 'hide')
  const identityOf = async (at: string) => (await sources.facts(Buffer.from(at)))?.identity ?? null
  const original = { kind: 'in_place', fileId: 'f', path, identity: await identityOf(path) }
  const open = openOriginal({
    assets: { original: async () => original, setFileState: async () => undefined } as unknown as AssetsApi,
    localPath: (at) => at,
    identityOf,
    open: async (at) => {
      await meanwhile(path, secret)
      return sources.open(Buffer.from(at))
    },
  })
  return { path, secret, opened: open(1, 'a') }
}

test('what was opened is what is read, though a link to another file takes its place', async () => {
  const { path, secret, opened } = await inPlace(async () => undefined)
  const original = await opened
  await rename(path, `${path}.away`)
  await symlink(secret, path)
  expect(await readFile(original.path, 'utf8')).toBe('film')
  await original.close()
})

test.each([
  ['a link', 'unsupported', (path: string, secret: string) => rm(path).then(() => symlink(secret, path))],
  ['another file', 'conflict', (path: string, secret: string) => rename(secret, path)],
  ['nothing', 'not_found', (path: string) => rm(path)],
])('%s that takes its place between the look and the opening is refused', async (_, code, meanwhile) => {
  const { opened } = await inPlace(meanwhile)
  const refusal = await opened.catch((error: unknown) => error as Error)
  expect(refusal).toMatchObject({ code })
  expect((refusal as Error).message).not.toContain(folder)
})
