import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { WatchedFolders } from './watched-folders.ts'

/** On a real folder: others write to it, by whatever means they have. */
export function watchedFoldersContract(adapter: string, open: () => WatchedFolders): void {
  const start = async () => {
    const root = await mkdtemp(join(tmpdir(), 'capstan-watched-'))
    onTestFinished(() => rm(root, { recursive: true }))
    const folders = open()
    const folder = join(root, 'hot')
    await folders.prepare(folder)
    const put = async (name: string, content = 'content') => {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content)
      return Buffer.from(join(folder, name))
    }
    const keys = async () => (await folders.look(folder)).map(({ key }) => key).sort()
    const refused = async (name: string) => readFile(join(folder, 'refused', name), 'utf8')
    return { root, folders, folder, put, keys, refused }
  }

  describe(`${adapter} are WatchedFolders`, () => {
    it('makes a folder that is missing, and keeps one that is there', async () => {
      const { folders, root, folder, put, keys } = await start()
      await put('a.mov')
      await folders.prepare(folder)
      expect(await keys()).toEqual(['a.mov'])
      await folders.prepare(join(root, 'new/deep'))
      expect(await folders.look(join(root, 'new/deep'))).toEqual([])
    })

    it('answers unavailable for what is gone or no folder', async () => {
      const { folders, root } = await start()
      await expect(folders.look(join(root, 'gone'))).rejects.toMatchObject({ code: 'unavailable' })
      await writeFile(join(root, 'file'), '')
      await expect(folders.look(join(root, 'file'))).rejects.toMatchObject({ code: 'unavailable' })
      await expect(folders.prepare(join(root, 'file'))).rejects.toMatchObject({ code: 'unavailable' })
    })

    it('sees every regular file below, hidden ones too, but no links and nothing refused', async () => {
      const { folder, put, keys } = await start()
      for (const name of ['a.mov', '.b.mov.part', 'day/one/c.mov', 'day/refused/d.mov', 'refused/e.mov']) await put(name)
      await symlink('a.mov', join(folder, 'link.mov'))
      await symlink('day', join(folder, 'link'))
      expect(await keys()).toEqual(['.b.mov.part', 'a.mov', 'day/one/c.mov', 'day/refused/d.mov'])
    })

    it('tells where a file is, its size, and when it changed', async () => {
      const { folder, folders, put } = await start()
      const path = await put('day/a.mov', '12345')
      const [file] = await folders.look(folder)
      expect(Buffer.from(file!.path).equals(path)).toBe(true)
      expect(file).toMatchObject({ key: 'day/a.mov', sizeBytes: 5 })
      expect(Math.abs(file!.changedAtMs - (await stat(path)).ctimeMs)).toBeLessThan(1)
    })

    it('gives a file that grew another identity, and one that was renamed the same', async () => {
      const { folder, folders, put } = await start()
      await put('a.part')
      const [first] = await folders.look(folder)
      expect(await folders.look(folder)).toEqual([first])
      await rename(join(folder, 'a.part'), join(folder, 'a.mov'))
      const [renamed] = await folders.look(folder)
      expect(renamed).toMatchObject({ key: 'a.mov', inode: first!.inode, identity: first!.identity })
      await appendFile(join(folder, 'a.mov'), 'more')
      const [grown] = await folders.look(folder)
      expect(grown).toMatchObject({ inode: first!.inode })
      expect(grown!.identity).not.toBe(first!.identity)
    })

    it('keeps a name that is no UTF-8', async () => {
      const { folder, folders, keys } = await start()
      const path = Buffer.concat([Buffer.from(`${folder}/f`), Buffer.from([0xff]), Buffer.from('.mov')])
      await writeFile(path, 'content')
      expect(await keys()).toEqual(['f\xff.mov'])
      await folders.setAside(folder, [path], 'not wanted')
      expect(await keys()).toEqual([])
      const names = await readdir(join(folder, 'refused'), { encoding: 'buffer' })
      expect(names.map((name) => name.toString('latin1')).sort()).toEqual(['f\xff.mov', 'f\xff.mov.reason.txt'])
    })

    it('moves files aside, with the reason beside the first', async () => {
      const { folder, folders, put, keys, refused } = await start()
      const paths = [await put('day/a.mov', 'film'), await put('day/a.mov.md5', 'sum')]
      await folders.setAside(folder, paths, 'the checksum differs')
      expect(await keys()).toEqual([])
      expect((await readdir(join(folder, 'refused'))).sort()).toEqual(['a.mov', 'a.mov.md5', 'a.mov.reason.txt'])
      expect(await refused('a.mov')).toBe('film')
      expect(await refused('a.mov.reason.txt')).toContain('the checksum differs')
    })

    it('never replaces what was refused before', async () => {
      const { folder, folders, put, refused } = await start()
      for (const content of ['first', 'second', 'third']) await folders.setAside(folder, [await put('a.mov', content)], content)
      const names = (await readdir(join(folder, 'refused'))).filter((name) => !name.endsWith('.reason.txt'))
      expect((await Promise.all(names.map(refused))).sort()).toEqual(['first', 'second', 'third'])
      const reasons = (await readdir(join(folder, 'refused'))).filter((name) => name.endsWith('.reason.txt'))
      expect((await Promise.all(reasons.map(refused))).map((reason) => reason.trim()).sort()).toEqual(['first', 'second', 'third'])
    })

    it('takes a name as long as names may be', async () => {
      const { folder, folders, put, refused } = await start()
      const name = `${'x'.repeat(251)}.mov`
      for (const content of ['first', 'second']) await folders.setAside(folder, [await put(name, content)], content)
      expect(await refused(name)).toBe('first')
      expect(await readdir(join(folder, 'refused'))).toHaveLength(4)
    })

    it('leaves out what is gone already, and gives no reason for nothing', async () => {
      const { folder, folders, put } = await start()
      const there = await put('b.mov')
      await folders.setAside(folder, [Buffer.from(join(folder, 'gone.mov')), there], 'reason')
      expect((await readdir(join(folder, 'refused'))).sort()).toEqual(['b.mov', 'b.mov.reason.txt'])
      await folders.setAside(folder, [there], 'reason')
      expect(await readdir(join(folder, 'refused'))).toHaveLength(2)
    })

    it('removes the folders that became empty, up to one that did not, and never the watched one', async () => {
      const { folder, folders, put } = await start()
      const [deep, beside] = [await put('day/one/deep/a.mov'), await put('day/b.mov')]
      await rm(deep)
      await folders.removeEmpty(folder, deep)
      expect(await readdir(join(folder, 'day'))).toEqual(['b.mov'])
      await rm(beside)
      await folders.removeEmpty(folder, beside)
      await folders.removeEmpty(folder, beside)
      expect(await readdir(folder)).toEqual([])
    })

    it('watches without a fault, whether the folder is there or not', async () => {
      const { root, folder, folders } = await start()
      for (const path of [folder, join(root, 'gone')]) {
        const watching = folders.watch(path, () => {})
        watching.close()
        watching.close()
      }
    })
  })
}
