import { createHash } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

const NAME_LENGTH_MAX = 120

/** Where a worker's attempts get their folders; nobody else's things lie there. */
export const stagingRoot = (tmpDir: string, worker: string): string => join(tmpDir, `jobs-${worker.replace(/[^A-Za-z0-9_.-]+/g, '-')}`)

/** Removes what a former life of this worker left behind. */
export async function clearStaging(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true, maxRetries: 3 })
  await mkdir(root, { recursive: true })
}

/** A folder name for a job's attempt: the key where it can be a name, always made unique by a hash when it had to be changed. */
export function stagingName(jobKey: string, attempt: number): string {
  const plain = jobKey.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, NAME_LENGTH_MAX)
  const hash = createHash('sha256').update(jobKey).digest('hex').slice(0, 12)
  return `${plain}-${hash}-${attempt}`
}

/** One attempt's private folder, made when first asked for. */
export class Staging {
  readonly #path: string
  #made = false

  constructor(root: string, jobKey: string, attempt: number) {
    this.#path = join(root, stagingName(jobKey, attempt))
  }

  /** Empty when first asked for, whatever a crash left there. */
  get path(): string {
    if (!this.#made) {
      rmSync(this.#path, { recursive: true, force: true })
      mkdirSync(this.#path, { recursive: true })
      this.#made = true
    }
    return this.#path
  }

  async remove(): Promise<void> {
    if (this.#made) await rm(this.#path, { recursive: true, force: true, maxRetries: 3 })
  }
}
