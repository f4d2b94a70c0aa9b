import { constants } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { z } from 'zod'
import { CapstanError, toCapstanError } from '../../lib/errors.ts'
import { SECRET_NAME, SECRET_VERSIONS_KEPT, type Secret, type Secrets } from '../../ports/secrets.ts'
import { isErrno, syncFolder } from './durable.ts'

/** Values in base 64 by version, of every name. */
const Content = z.object({ format: z.literal(1), secrets: z.record(z.string(), z.record(z.string(), z.base64())) })

type Versions = Map<number, Uint8Array>

const OTHERS_MAY = 0o077

/** One file that its owner alone may read; replaced as a whole, forced to the disk, and read anew each time: it is small, and a copy put in its place counts at once. */
export class FileSecrets implements Secrets {
  readonly #path: string
  #turn: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  async get(name: string, version?: number): Promise<Secret | null> {
    checkName(name)
    const versions = (await this.#read()).get(name)
    if (!versions) return null
    const wanted = version ?? newestOf(versions)
    const value = versions.get(wanted)
    return value ? { version: wanted, value } : null
  }

  put(name: string, value: Uint8Array, expectedVersion: number): Promise<number> {
    return this.#inTurn(async () => {
      checkName(name)
      const all = await this.#read()
      const versions = all.get(name) ?? new Map<number, Uint8Array>()
      if (newestOf(versions) !== expectedVersion) throw new CapstanError('conflict', `the secret ${name} was changed in the meantime`)
      const version = expectedVersion + 1
      versions.set(version, value)
      versions.delete(version - SECRET_VERSIONS_KEPT)
      await this.#replace(all.set(name, versions))
      return version
    })
  }

  delete(name: string): Promise<void> {
    return this.#inTurn(async () => {
      checkName(name)
      const all = await this.#read()
      if (all.delete(name)) await this.#replace(all)
    })
  }

  async names(): Promise<string[]> {
    return [...(await this.#read()).keys()].sort()
  }

  /** One process owns the data folder; within it changes wait for each other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #read(): Promise<Map<string, Versions>> {
    const text = await this.#text()
    if (text === null) return new Map()
    try {
      const { secrets } = Content.parse(JSON.parse(text))
      return new Map(Object.entries(secrets).map(([name, versions]) => [name, versionsOf(versions)]))
    } catch {
      // Without the cause: a parser quotes what it read.
      throw new CapstanError('unavailable', `${basename(this.#path)} is damaged: put the copy of it back that you keep`)
    }
  }

  /** Null before the first secret. What was checked is what is read: one handle, no link. */
  async #text(): Promise<string | null> {
    const handle = await open(this.#path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error: unknown) => {
      if (isErrno(error, 'ENOENT')) return null
      throw new CapstanError('unavailable', `${basename(this.#path)} cannot be read: it must be a file of the user that runs Capstan`, {
        cause: error,
      })
    })
    if (!handle) return null
    try {
      const stats = await handle.stat()
      if (!stats.isFile() || (stats.mode & OTHERS_MAY) !== 0)
        throw new CapstanError(
          'unavailable',
          `${basename(this.#path)} can be read by others: what is in it may be known. Close it with chmod 600`,
        )
      return await handle.readFile('utf8')
    } finally {
      await handle.close()
    }
  }

  async #replace(all: ReadonlyMap<string, Versions>): Promise<void> {
    const secrets = Object.fromEntries([...all].map(([name, versions]) => [name, textOf(versions)]))
    const aside = `${this.#path}.partial`
    try {
      await rm(aside, { force: true })
      const handle = await open(aside, 'wx', 0o600)
      try {
        await handle.writeFile(`${JSON.stringify({ format: 1, secrets } satisfies z.infer<typeof Content>, null, 2)}\n`)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(aside, this.#path)
      await syncFolder(dirname(this.#path))
    } catch (error) {
      throw toCapstanError(error)
    }
  }
}

function checkName(name: string): void {
  if (!SECRET_NAME.test(name)) throw new CapstanError('invalid', 'the name of a secret is of small letters, digits and dashes')
}

const newestOf = (versions: Versions): number => Math.max(0, ...versions.keys())

const versionsOf = (texts: Readonly<Record<string, string>>): Versions =>
  new Map(Object.entries(texts).map(([version, text]) => [Number(version), Uint8Array.from(Buffer.from(text, 'base64'))]))

const textOf = (versions: Versions): Record<string, string> =>
  Object.fromEntries([...versions].map(([version, value]) => [version, Buffer.from(value).toString('base64')]))
