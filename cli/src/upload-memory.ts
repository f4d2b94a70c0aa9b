import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { PreviousUpload, UrlStorage } from 'tus-js-client'

type Kept = Record<string, PreviousUpload>

/** Which uploads were begun from here, in a small JSON file, so that the same command goes on after a cut. */
export class FileUploadMemory implements UrlStorage {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  }

  async findAllUploads(): Promise<PreviousUpload[]> {
    return Object.values(this.#read())
  }

  async findUploadsByFingerprint(fingerprint: string): Promise<PreviousUpload[]> {
    const upload = this.#read()[fingerprint]
    return upload ? [upload] : []
  }

  async addUpload(fingerprint: string, upload: PreviousUpload): Promise<string> {
    this.#write({ ...this.#read(), [fingerprint]: { ...upload, urlStorageKey: fingerprint } })
    return fingerprint
  }

  async removeUpload(key: string): Promise<void> {
    const { [key]: _, ...rest } = this.#read()
    this.#write(rest)
  }

  #read(): Kept {
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as Kept
    } catch {
      return {}
    }
  }

  #write(kept: Kept): void {
    writeFileSync(`${this.#path}.new`, JSON.stringify(kept), { mode: 0o600 })
    renameSync(`${this.#path}.new`, this.#path)
  }
}
