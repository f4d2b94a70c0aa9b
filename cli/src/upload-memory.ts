import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PreviousUpload, UrlStorage } from 'tus-js-client'

/** Which uploads were begun from here, one small file each, so that the same command goes on after a cut. No token is in them. */
export class UploadMemory implements UrlStorage {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  async findAllUploads(): Promise<PreviousUpload[]> {
    return readdirSync(this.#folder).flatMap((name) => this.#read(join(this.#folder, name)))
  }

  async findUploadsByFingerprint(fingerprint: string): Promise<PreviousUpload[]> {
    return this.#read(this.#path(fingerprint))
  }

  async addUpload(fingerprint: string, upload: PreviousUpload): Promise<string> {
    const path = this.#path(fingerprint)
    writeFileSync(`${path}.${process.pid}`, JSON.stringify({ ...upload, urlStorageKey: fingerprint }), { mode: 0o600 })
    renameSync(`${path}.${process.pid}`, path)
    return fingerprint
  }

  async removeUpload(key: string): Promise<void> {
    rmSync(this.#path(key), { force: true })
  }

  #path(fingerprint: string): string {
    return join(this.#folder, `${createHash('sha256').update(fingerprint).digest('hex')}.json`)
  }

  #read(path: string): PreviousUpload[] {
    try {
      return [JSON.parse(readFileSync(path, 'utf8')) as PreviousUpload]
    } catch {
      return []
    }
  }
}
