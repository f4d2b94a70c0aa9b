import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CapstanError } from '../../lib/errors.ts'

export type LocalCopiesOptions = Readonly<{
  /** Belongs to this process alone; emptied when it is opened. */
  folder: string
  /** What copies may take together; a larger file is not copied. */
  bytesMax: number
}>

type Copy = { path: string; sizeBytes: number; users: number; made: Promise<void> }

/** Private copies of files that lie elsewhere. Each is made once for all who use it at the same time; what nobody uses gives way to what is needed, oldest first. */
export class LocalCopies {
  readonly #options: LocalCopiesOptions
  /** By key, the one that was used last at the end. */
  readonly #copies = new Map<string, Copy>()

  private constructor(options: LocalCopiesOptions) {
    this.#options = options
  }

  static async open(options: LocalCopiesOptions): Promise<LocalCopies> {
    await rm(options.folder, { recursive: true, force: true })
    await mkdir(options.folder, { recursive: true, mode: 0o700 })
    return new LocalCopies(options)
  }

  /** `key` names one version of a file. Throws `no_space` when those in use leave no room. */
  async lend<T>(
    { key, sizeBytes, source }: { key: string; sizeBytes: number; source: () => AsyncIterable<Uint8Array> },
    use: (path: string) => Promise<T>,
  ): Promise<T> {
    const copy = this.#copies.get(key) ?? this.#begin(key, sizeBytes, source)
    copy.users++
    this.#copies.delete(key)
    this.#copies.set(key, copy)
    try {
      await copy.made
      return await use(copy.path)
    } finally {
      copy.users--
    }
  }

  /** The room is taken before anything waits, so that many at once do not take it twice. */
  #begin(key: string, sizeBytes: number, source: () => AsyncIterable<Uint8Array>): Copy {
    const leaving = this.#makeRoom(sizeBytes)
    const name = createHash('sha256').update(key).digest('hex')
    const path = join(this.#options.folder, `${name}-${randomUUID()}`)
    const copy: Copy = { path, sizeBytes, users: 0, made: Promise.resolve() }
    this.#copies.set(key, copy)
    copy.made = this.#make(copy, leaving, source).catch(async (error: unknown) => {
      if (this.#copies.get(key) === copy) this.#copies.delete(key)
      await rm(path, { force: true })
      throw error
    })
    return copy
  }

  #makeRoom(sizeBytes: number): Copy[] {
    const { bytesMax } = this.#options
    let bytes = sizeBytes + [...this.#copies.values()].reduce((sum, copy) => sum + copy.sizeBytes, 0)
    const leaving: [string, Copy][] = []
    for (const [key, copy] of this.#copies) {
      if (bytes <= bytesMax) break
      if (copy.users > 0) continue
      leaving.push([key, copy])
      bytes -= copy.sizeBytes
    }
    if (bytes > bytesMax)
      throw new CapstanError('no_space', 'there is no room for a private copy of the file here: raise the limit, or try again later')
    for (const [key] of leaving) this.#copies.delete(key)
    return leaving.map(([, copy]) => copy)
  }

  async #make(copy: Copy, leaving: readonly Copy[], source: () => AsyncIterable<Uint8Array>): Promise<void> {
    for (const { path } of leaving) await rm(path, { force: true })
    const aside = `${copy.path}.part`
    const handle = await open(aside, 'wx', 0o400)
    try {
      for await (const chunk of source()) await handle.writeFile(chunk)
      await handle.close()
      await rename(aside, copy.path)
    } catch (error) {
      await handle.close().catch(() => {})
      await rm(aside, { force: true })
      throw error
    }
  }
}
