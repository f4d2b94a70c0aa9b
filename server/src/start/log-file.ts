import { closeSync, openSync, writeSync } from 'node:fs'

/**
 * A file of lines that never holds anybody up: what cannot be written, because the disk is full, is lost and later lines are tried anew.
 * pino's own destination waits for room for ever, with the whole process. Lines are few and go to the system's cache, so they are written at
 * once: the last one before a crash is there.
 */
export class LogFile {
  readonly #path: string
  #fd: number
  /** The last line was cut off: the next begins a new one. */
  #isTorn = false

  constructor(path: string) {
    this.#path = path
    this.#fd = openSync(path, 'a', 0o640)
  }

  write(line: string): void {
    const bytes = Buffer.from(this.#isTorn ? `\n${line}` : line)
    let done = 0
    try {
      while (done < bytes.length) done += writeSync(this.#fd, bytes, done)
      this.#isTorn = false
    } catch {
      this.#isTorn ||= done > 0
    }
  }

  /** Goes on in a new file of the same name. */
  reopen(): void {
    const old = this.#fd
    this.#fd = openSync(this.#path, 'a', 0o640)
    closeSync(old)
  }
}
