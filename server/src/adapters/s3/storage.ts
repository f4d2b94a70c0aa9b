import { createHash, randomUUID } from 'node:crypto'
import { crashAt } from '../../lib/crash-points.ts'
import { CapstanError, notFound } from '../../lib/errors.ts'
import { requirePath, type ByteRange, type Space, type Storage, type StoredFile } from '../../ports/storage.ts'
import { accepted, S3Client, type S3Options } from './client.ts'
import { copy } from './copy.ts'
import { download } from './download.ts'
import { LocalCopies, type LocalCopiesOptions } from './local-copies.ts'
import { LocalSource } from './local-source.ts'
import { S3Objects, storedIn } from './objects.ts'
import type { SumKind } from './parts.ts'
import { upload } from './upload.ts'

/** Below this nothing of the storage's lies, and nothing is listed. */
const OWN = '.capstan/'
const PATH_BYTES_MAX = 1_024

export type S3StorageOptions = S3Options & Readonly<{ copies: LocalCopiesOptions }>

/** A bucket. A file becomes visible by one request, when all of it is there, and every write is looked at again afterwards. */
export class S3Storage implements Storage {
  readonly #objects: S3Objects
  readonly #copies: LocalCopies

  private constructor(objects: S3Objects, copies: LocalCopies) {
    this.#objects = objects
    this.#copies = copies
  }

  /** Lists, writes, looks and deletes once. Throws `unavailable`, or `invalid` for an address that is none, with a sentence that says what to do. */
  static async open({ copies, ...options }: S3StorageOptions): Promise<S3Storage> {
    const client = new S3Client(options)
    try {
      const sumKind = await trySums(client)
      return new S3Storage(new S3Objects(client, sumKind), await LocalCopies.open(copies))
    } catch (error) {
      client.close()
      throw error
    }
  }

  async put(path: string, source: AsyncIterable<Uint8Array>): Promise<{ sizeBytes: number }> {
    return upload(this.#objects, keyOf(path), source)
  }

  async adopt(localPath: string | Uint8Array, path: string): Promise<boolean> {
    const key = keyOf(path)
    const source = await LocalSource.open(typeof localPath === 'string' ? localPath : Buffer.from(localPath))
    if (!source) {
      if (await this.#objects.find(key)) return true
      throw notFound('file to adopt as', path)
    }
    try {
      await upload(this.#objects, key, source.read())
      crashAt('after-upload')
      await this.#requireSame(source, key)
      await source.remove()
      return true
    } finally {
      await source.close()
    }
  }

  async *read(path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    yield* download(this.#objects, keyOf(path), range ?? null)
  }

  async stat(path: string): Promise<StoredFile | null> {
    const found = await this.#objects.find(keyOf(path))
    return found && { path, sizeBytes: found.sizeBytes, changedAtMs: found.changedAtMs }
  }

  async remove(path: string): Promise<void> {
    const key = keyOf(path)
    await this.#objects.remove(key)
    for await (const page of this.#objects.list(`${key}/`)) await this.#objects.removeAll(page.map((file) => file.path))
  }

  async *list(): AsyncGenerator<StoredFile> {
    yield* this.listBelow('')
  }

  /** A bucket has no limit that it would tell; asking shows that it is there. */
  async space(): Promise<Space> {
    accepted(await this.#objects.client.ask(LOOK), null)
    return { sizeBytes: Number.MAX_SAFE_INTEGER, freeBytes: Number.MAX_SAFE_INTEGER }
  }

  async withLocal<T>(path: string, use: (localPath: string) => Promise<T>): Promise<T> {
    const key = keyOf(path)
    const found = await this.#objects.find(key)
    if (!found) throw notFound('file', path)
    const source = () => download(this.#objects, key, null)
    return this.#copies.lend({ key: `${found.etag} ${key}`, sizeBytes: found.sizeBytes, source }, use)
  }

  /** Copies at the server, replacing what is at `to`. Throws `not_found`. */
  async copy(from: string, to: string): Promise<{ sizeBytes: number }> {
    return copy(this.#objects, keyOf(from), keyOf(to))
  }

  /** An address under which anybody can read the file for so many seconds, an hour at most, and is offered it as a download called `name`. */
  async link(path: string, { seconds, name }: { seconds: number; name: string }): Promise<string> {
    const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
    return this.#objects.client.link(keyOf(path), seconds, {
      'response-content-type': 'application/octet-stream',
      'response-content-disposition': `attachment; filename="${ascii}"`,
    })
  }

  /** Files whose path begins so, in the order of their paths' bytes. */
  async *listBelow(prefix: string): AsyncGenerator<StoredFile> {
    for await (const page of this.#objects.list(prefix))
      for (const file of page) if (!file.path.startsWith(OWN) && !file.path.endsWith('/')) yield file
  }

  /** Ends what writers that died left half sent, and is paid for until then. Younger uploads may still be at work. */
  async sweepUploads(olderThanMs: number, nowMs: number): Promise<number> {
    let swept = 0
    for await (const page of this.#objects.uploads()) {
      for (const { path, uploadId } of page.filter(({ startedAtMs }) => startedAtMs <= nowMs - olderThanMs)) {
        await this.#objects.abort(path, uploadId)
        swept++
      }
    }
    return swept
  }

  close(): void {
    this.#objects.client.close()
  }

  /** What was sent is the file that was opened, and not the one that has its name now. */
  async #requireSame(source: LocalSource, key: string): Promise<void> {
    try {
      await source.requireSame()
    } catch (error) {
      await this.#objects.remove(key)
      throw error
    }
  }
}

const LOOK = { method: 'GET', query: { 'list-type': '2', 'max-keys': '1' } } as const

/** What sums the server keeps, tried with a file of our own. */
async function trySums(client: S3Client): Promise<SumKind> {
  accepted(await client.ask(LOOK), null)
  const key = `${OWN}${randomUUID()}`
  const body = Buffer.from('Capstan looks whether it may write here.')
  const headers = { 'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64') }
  const tried = await client.ask({ method: 'PUT', key, body, headers })
  const hasSha256 = !tried.refusal && storedIn(tried.headers).sha256 !== null
  const objects = new S3Objects(client, hasSha256 ? 'sha256' : 'md5')
  await objects.confirm(key, await objects.putWhole(key, body))
  await objects.remove(key)
  return objects.sumKind
}

function keyOf(path: string): string {
  requirePath(path)
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) throw new CapstanError('invalid', 'a path on S3 has at most 1,024 bytes')
  if (`${path}/`.startsWith(OWN)) throw new CapstanError('invalid', 'this path is kept for Capstan itself')
  return path
}
