import { closeSync, openSync, write, writeSync } from 'node:fs'

const WAITING_CHARS_MAX = 8 << 20

/**
 * A file of lines that never holds anybody up: what cannot be written, because the disk is full, is lost and later lines are tried anew.
 * pino's own destination waits for room for ever, with the whole process, in whatever must be written before the end.
 */
export class LogFile {
  readonly #path: string
  #fd: number
  #waiting: string[] = []
  #waitingChars = 0
  #isWriting = false
  /** The last line was cut off: the next begins a new one. */
  #isTorn = false

  constructor(path: string) {
    this.#path = path
    this.#fd = openSync(path, 'a', 0o640)
  }

  write(line: string): void {
    if (this.#waitingChars > WAITING_CHARS_MAX) return
    this.#waiting.push(line)
    this.#waitingChars += line.length
    if (!this.#isWriting) this.#writeOn()
  }

  /** Writes at once what waits; called for the last lines of a process. */
  flushSync(): void {
    const bytes = this.#take()
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#fd, bytes, done)
    } catch {
      this.#isTorn = true
    }
  }

  /** Goes on in a new file of the same name. */
  reopen(): void {
    this.flushSync()
    const old = this.#fd
    this.#fd = openSync(this.#path, 'a', 0o640)
    if (!this.#isWriting) closeSync(old)
  }

  #take(): Buffer {
    const text = this.#waiting.join('')
    this.#waiting = []
    this.#waitingChars = 0
    const isTorn = this.#isTorn && text !== ''
    if (isTorn) this.#isTorn = false
    return Buffer.from(isTorn ? `\n${text}` : text)
  }

  #writeOn(): void {
    const fd = this.#fd
    const bytes = this.#take()
    this.#isWriting = true
    write(fd, bytes, (error, written) => {
      if (error || written < bytes.length) this.#isTorn = true
      this.#isWriting = false
      if (fd !== this.#fd) closeSync(fd)
      if (this.#waiting.length > 0) this.#writeOn()
    })
  }
}
