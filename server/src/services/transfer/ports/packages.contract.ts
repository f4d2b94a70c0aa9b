import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { MANIFEST, type PackageManifest } from '../domain/package.ts'
import type { PackageDraft, Packages } from './packages.ts'

export type PackagesUnderTest = {
  packages: Packages
  makeLocalFile: (content: string) => Promise<string>
  /** What somebody who looks at the destination sees: names of packages, and of what else lies there in sight. */
  visible: () => Promise<string[]>
  /** The text of a file in a visible package; null when there is none. */
  textOf: (name: string, path: string) => Promise<string | null>
  /** Puts a folder that is no package into the destination, with this text as its manifest. */
  makeForeign: (name: string, manifest: string | null) => Promise<void>
}

const never = new AbortController().signal
const NAME = 'Żółw_ _Film_-7'
const later = () => Date.now() + 60_000

const manifestOf = (jobKey: string): PackageManifest => ({
  format: 'capstan-package',
  version: 1,
  asset: { id: '0198a000-0000-7000-8000-000000000001', number: 7, name: 'Żółw: "Film" 😀' },
  jobKey,
  createdAt: '2026-01-01T00:00:00.000Z',
  files: [],
})
const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex')

export function packagesContract(adapter: string, open: () => Promise<PackagesUnderTest>): void {
  const start = async () => {
    const under = await open()
    const filled = async (text: string, key = 'k', attempt = 1, name = NAME): Promise<PackageDraft> => {
      const draft = await under.packages.begin(name, key, attempt)
      await draft.addText('metadata.json', text)
      await draft.addText(MANIFEST, JSON.stringify(manifestOf(key)))
      return draft
    }
    return { ...under, filled }
  }

  describe(`${adapter} are Packages`, () => {
    it('shows nothing of a package before it is published, and all of it then', async () => {
      const { packages, makeLocalFile, visible, textOf } = await start()
      const draft = await packages.begin(NAME, 'k', 1)
      await draft.addFile('hls/v0/0.m4s', await makeLocalFile('segment'), never)
      await draft.addText('metadata.json', '{}')
      expect(await visible()).toEqual([])
      expect(await packages.find(NAME)).toBeNull()
      expect(await draft.publish()).toBe(packages.locationOf(NAME))
      expect(await visible()).toEqual([NAME])
      expect(await textOf(NAME, 'hls/v0/0.m4s')).toBe('segment')
      expect(await textOf(NAME, 'metadata.json')).toBe('{}')
    })

    it('tells size and sums of what it took', async () => {
      const { packages, makeLocalFile } = await start()
      const draft = await packages.begin(NAME, 'k', 1)
      const sums = (text: string) => ({ sizeBytes: Buffer.byteLength(text), sha256: hash('sha256', text), md5: hash('md5', text) })
      expect(await draft.addFile('a/film.mov', await makeLocalFile('Ä film'), never)).toEqual({ path: 'a/film.mov', ...sums('Ä film') })
      expect(await draft.addText('empty.txt', '')).toEqual({ path: 'empty.txt', ...sums('') })
    })

    it('leaves the source where it is', async () => {
      const { packages, makeLocalFile } = await start()
      const source = await makeLocalFile('bytes')
      for (const key of ['a', 'b']) await (await packages.begin(NAME, key, 1)).addFile('film.mov', source, never)
    })

    it('puts a package in place of an earlier one, with nothing left of that', async () => {
      const { packages, filled, textOf, visible } = await start()
      const first = await filled('1')
      await first.addText('only-in-the-first', 'x')
      await first.publish()
      await (await filled('2', 'other')).publish()
      expect(await visible()).toEqual([NAME])
      expect(await textOf(NAME, 'metadata.json')).toBe('2')
      expect(await textOf(NAME, 'only-in-the-first')).toBeNull()
      expect((await packages.find(NAME))?.jobKey).toBe('other')
    })

    it('discards a draft, and keeps what was published before', async () => {
      const { packages, filled, textOf } = await start()
      await (await filled('1')).publish()
      const draft = await filled('2', 'other')
      await draft.discard()
      await draft.discard()
      expect(await textOf(NAME, 'metadata.json')).toBe('1')
      expect(await packages.sweep(later())).toBe(0)
    })

    it('begins with an empty draft, whatever earlier attempts left, and leaves the drafts of others alone', async () => {
      const { packages, filled, textOf } = await start()
      const ofAnother = await filled('other', 'another')
      const first = await filled('1')
      await first.addText('left-over', 'x')
      const second = await filled('2', 'k', 2)
      await second.publish()
      expect(await textOf(NAME, 'left-over')).toBeNull()
      await ofAnother.publish()
      expect(await textOf(NAME, 'metadata.json')).toBe('other')
      expect(await packages.sweep(later())).toBe(0)
    })

    it('finds a package by its name, and none that is not ours', async () => {
      const { packages, filled, makeForeign } = await start()
      await (await filled('1')).publish()
      expect(await packages.find(NAME)).toEqual(manifestOf('k'))
      await makeForeign('Without', null)
      await makeForeign('Garbage', '{"format": "caps')
      await makeForeign('Other', '{"format":"other"}')
      for (const name of ['Missing', 'Without', 'Garbage', 'Other']) expect(await packages.find(name), name).toBeNull()
    })

    it('removes a package and no other, and is content when it is gone', async () => {
      const { packages, filled, visible } = await start()
      await (await filled('1')).publish()
      await (await filled('1', 'k', 1, 'Film-8')).publish()
      await packages.remove(NAME)
      await packages.remove(NAME)
      expect(await visible()).toEqual(['Film-8'])
      expect(await packages.find(NAME)).toBeNull()
      expect(await packages.sweep(later())).toBe(0)
    })

    it('sweeps drafts that nobody touched since, and never a package', async () => {
      const { packages, filled, visible } = await start()
      await (await filled('1')).publish()
      await filled('2', 'left')
      await filled('3', 'left too')
      expect(await packages.sweep(Date.now() - 60_000)).toBe(0)
      expect(await packages.sweep(later())).toBe(2)
      expect(await packages.sweep(later())).toBe(0)
      expect(await visible()).toEqual([NAME])
    })

    it.each(['', '.', '..', '.hidden', 'a/b', '../a', 'a\\b', 'a\0b'])('refuses the name %j', async (name) => {
      const { packages } = await start()
      expect(() => packages.locationOf(name)).toThrow(expect.objectContaining({ code: 'invalid' }))
      await expect(packages.begin(name, 'k', 1)).rejects.toMatchObject({ code: 'invalid' })
      await expect(packages.find(name)).rejects.toMatchObject({ code: 'invalid' })
      await expect(packages.remove(name)).rejects.toMatchObject({ code: 'invalid' })
    })

    it.each(['../x', 'a/../../x', '/etc/x', '', '.'])('refuses the path %j, which leaves the package', async (path) => {
      const { packages, makeLocalFile } = await start()
      const draft = await packages.begin(NAME, 'k', 1)
      await expect(draft.addText(path, 'x')).rejects.toMatchObject({ code: 'invalid' })
      await expect(draft.addFile(path, await makeLocalFile('x'), never)).rejects.toMatchObject({ code: 'invalid' })
    })

    it('answers not_found for a source that is gone', async () => {
      const { packages, makeLocalFile } = await start()
      const draft = await packages.begin(NAME, 'k', 1)
      const gone = `${await makeLocalFile('x')}-gone`
      await expect(draft.addFile('film.mov', gone, never)).rejects.toMatchObject({ code: 'not_found' })
    })

    it('stops when it is told to', async () => {
      const { packages, makeLocalFile, visible } = await start()
      const draft = await packages.begin(NAME, 'k', 1)
      const reason = new Error('cancelled')
      await expect(draft.addFile('film.mov', await makeLocalFile('x'), AbortSignal.abort(reason))).rejects.toBe(reason)
      await draft.discard()
      expect(await visible()).toEqual([])
    })
  })
}
