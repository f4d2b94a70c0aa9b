import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, lstat, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { crashAt } from '../../lib/crash-points.ts'
import { CapstanError, notFound, toCapstanError } from '../../lib/errors.ts'
import { MANIFEST, type PackagedFile, type PackageManifest } from '../../services/transfer/domain/package.ts'
import type { PackageDraft, Packages } from '../../services/transfer/ports/packages.ts'
import { isErrno, makeFolder, syncFolder } from './durable.ts'
import type { FileHasher } from './file-hasher.ts'

const PARTIAL = '.partial'
const REMOVED = '.removed'

/** Packages as folders of a local (or mounted) file system. */
export class LocalPackages implements Packages {
  readonly #root: string
  readonly #hasher: FileHasher

  constructor(root: string, hasher: FileHasher) {
    this.#root = resolve(root)
    this.#hasher = hasher
  }

  async begin(name: string, key: string, attempt: number): Promise<PackageDraft> {
    const target = this.locationOf(name)
    const keyHash = createHash('sha256').update(key).digest('hex').slice(0, 12)
    await makeFolder(this.#root)
    for (const entry of await readdir(this.#root)) {
      if (entry.includes(`.${keyHash}.`) && entry.endsWith(PARTIAL)) await rm(join(this.#root, entry), { recursive: true, force: true })
    }
    const aside = join(this.#root, `.${name}.${keyHash}.${attempt}${PARTIAL}`)
    await makeFolder(aside)
    return new LocalDraft(aside, target, this.#hasher)
  }

  async find(name: string): Promise<PackageManifest | null> {
    try {
      const manifest = JSON.parse(await readFile(join(this.locationOf(name), MANIFEST), 'utf8')) as { format?: unknown }
      return manifest.format === 'capstan-package' ? (manifest as PackageManifest) : null
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR') || error instanceof SyntaxError) return null
      throw error
    }
  }

  locationOf(name: string): string {
    const isName = name !== '' && !name.startsWith('.') && !/[/\\\0]/.test(name)
    if (!isName) throw new CapstanError('invalid', 'this is no name of a package')
    return join(this.#root, name)
  }

  async remove(name: string): Promise<void> {
    await removeAside(this.locationOf(name))
  }

  async sweep(beforeMs: number): Promise<number> {
    const names = (await readdir(this.#root).catch(() => [])).filter(
      (name) => name.startsWith('.') && (name.endsWith(PARTIAL) || name.endsWith(REMOVED)),
    )
    let removed = 0
    for (const name of names) {
      const path = join(this.#root, name)
      const found = await lstat(path).catch(() => null)
      if (!found || found.mtimeMs > beforeMs) continue
      await rm(path, { recursive: true, force: true })
      removed++
    }
    return removed
  }
}

/** Renamed first: nobody ever sees half a package. The name aside follows from the package's, so that a removal that died is finished by the next. */
async function removeAside(path: string): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}${REMOVED}`)
  await rm(aside, { recursive: true, force: true })
  try {
    await rename(path, aside)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return
    throw error
  }
  await syncFolder(dirname(path))
  crashAt('after-package-aside')
  await rm(aside, { recursive: true, force: true })
}

class LocalDraft implements PackageDraft {
  readonly #aside: string
  readonly #target: string
  readonly #hasher: FileHasher
  readonly #folders = new Set<string>()

  constructor(aside: string, target: string, hasher: FileHasher) {
    this.#aside = aside
    this.#target = target
    this.#hasher = hasher
    this.#folders.add(aside)
  }

  async addFile(path: string, localSource: string, signal: AbortSignal): Promise<PackagedFile> {
    const target = await this.#place(path)
    signal.throwIfAborted()
    try {
      await copyFile(localSource, target, constants.COPYFILE_FICLONE)
    } catch (error) {
      if (isErrno(error, 'ENOENT')) throw notFound('file to publish', path)
      throw toCapstanError(error)
    }
    signal.throwIfAborted()
    return this.#readBack(path, target)
  }

  async addText(path: string, text: string): Promise<PackagedFile> {
    const target = await this.#place(path)
    const handle = await open(target, 'wx')
    await handle.writeFile(text).finally(() => handle.close())
    return this.#readBack(path, target)
  }

  async publish(): Promise<string> {
    for (const folder of this.#folders) await syncFolder(folder)
    crashAt('before-publish')
    await removeAside(this.#target)
    await rename(this.#aside, this.#target)
    await syncFolder(dirname(this.#target))
    crashAt('after-publish')
    return this.#target
  }

  async discard(): Promise<void> {
    await rm(this.#aside, { recursive: true, force: true })
  }

  async #place(path: string): Promise<string> {
    const target = resolve(this.#aside, path)
    if (!target.startsWith(this.#aside + sep)) throw new CapstanError('invalid', 'this path leaves the package')
    for (let folder = dirname(target); folder.length > this.#aside.length; folder = dirname(folder)) this.#folders.add(folder)
    await makeFolder(dirname(target))
    return target
  }

  /** The sums are of what lies on the disk, not of what was meant to. */
  async #readBack(path: string, target: string): Promise<PackagedFile> {
    const handle = await open(target, 'r')
    try {
      await handle.datasync()
      const { size } = await handle.stat()
      const follower = this.#hasher.follow(handle.fd)
      follower.advance(size)
      const { sha256, md5 } = await follower.digest().finally(() => follower.close())
      return { path, sizeBytes: size, sha256, md5 }
    } catch (error) {
      throw toCapstanError(error)
    } finally {
      await handle.close()
    }
  }
}
