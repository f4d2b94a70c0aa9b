import { Worker } from 'node:worker_threads'
import { CapstanError } from '../../lib/errors.ts'
import type { FromHashThread, ToHashThread } from './hash-thread.ts'

export type FileChecksums = { sha256: string; md5: string; xxh64: string }

type Waiting = { resolve: (checksums: FileChecksums) => void; reject: (error: Error) => void }
type Task = {
  thread: Thread
  bytes: number
  failure: CapstanError | null
  digest: Waiting | null
  onProgress: ((bytes: number) => void) | null
  onClosed: (() => void) | null
}
type Thread = { worker: Worker; tasks: number }

/** Checksums in worker threads. The file descriptor must stay open until the follower is closed. */
export class FileHasher {
  readonly #tasks = new Map<number, Task>()
  readonly #threadsMax: number
  #threads: Thread[] = []
  #nextId = 1
  #isClosed = false

  constructor(threadsMax = 2) {
    this.#threadsMax = threadsMax
  }

  /** Begins at the first byte and reads as far as it is told. */
  follow(fd: number, onProgress: ((bytes: number) => void) | null = null): HashFollower {
    if (this.#isClosed) throw new CapstanError('unavailable', 'checksums are being shut down')
    const thread = this.#pickThread()
    const id = this.#nextId++
    const task: Task = { thread, bytes: 0, failure: null, digest: null, onProgress, onClosed: null }
    this.#tasks.set(id, task)
    this.#post(thread, { type: 'open', id, fd })
    return {
      advance: (toBytes) => this.#post(thread, { type: 'advance', id, toBytes }),
      digest: () =>
        new Promise((resolve, reject) => {
          if (task.failure) return reject(task.failure)
          task.digest = { resolve, reject }
          this.#post(thread, { type: 'digest', id })
        }),
      close: () => this.#closeTask(id, task),
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const threads = this.#threads
    this.#threads = []
    await Promise.all(threads.map(({ worker }) => worker.terminate()))
    this.#failAll(new CapstanError('unavailable', 'checksums are being shut down'))
  }

  #closeTask(id: number, task: Task): Promise<void> {
    if (!this.#tasks.has(id)) return Promise.resolve()
    return new Promise((resolve) => {
      task.onClosed = resolve
      this.#post(task.thread, { type: 'close', id })
    })
  }

  #post({ worker }: Thread, message: ToHashThread): void {
    worker.postMessage(message)
  }

  #pickThread(): Thread {
    const idle = this.#threads.find(({ tasks }) => tasks === 0)
    const thread =
      idle ?? (this.#threads.length < this.#threadsMax ? this.#startThread() : this.#threads.toSorted((a, b) => a.tasks - b.tasks)[0]!)
    thread.tasks++
    if (thread.tasks === 1) thread.worker.ref()
    return thread
  }

  #startThread(): Thread {
    const worker = new Worker(new URL('./hash-thread.ts', import.meta.url))
    const thread = { worker, tasks: 0 }
    worker.on('message', (message: FromHashThread) => this.#receive(message))
    worker.on('error', (error: Error) => this.#lose(thread, error))
    this.#threads.push(thread)
    return thread
  }

  #receive(message: FromHashThread): void {
    const task = this.#tasks.get(message.id)
    if (!task) return
    if (message.type === 'progress') {
      task.bytes = message.bytes
      return task.onProgress?.(message.bytes)
    }
    if (message.type === 'digest') task.digest?.resolve(message.checksums)
    if (message.type === 'failed') {
      task.failure = new CapstanError('unavailable', `the file could not be read: ${message.message}`, { details: { errno: message.code } })
      task.digest?.reject(task.failure)
      task.digest = null
      return
    }
    if (message.type === 'closed') this.#forget(message.id, task)
  }

  #forget(id: number, task: Task): void {
    this.#tasks.delete(id)
    task.onClosed?.()
    task.thread.tasks--
    if (task.thread.tasks === 0) task.thread.worker.unref()
  }

  #lose(thread: Thread, error: Error): void {
    this.#threads = this.#threads.filter((known) => known !== thread)
    this.#failAll(new CapstanError('unavailable', 'the thread for checksums ended', { cause: error }), thread)
  }

  #failAll(failure: CapstanError, thread: Thread | null = null): void {
    for (const [id, task] of this.#tasks) {
      if (thread && task.thread !== thread) continue
      task.failure = failure
      task.digest?.reject(failure)
      this.#tasks.delete(id)
      task.onClosed?.()
    }
  }
}

export type HashFollower = {
  /** Lets it read up to here. */
  advance(toBytes: number): void
  /** After the last advance, once. */
  digest(): Promise<FileChecksums>
  /** Resolves when the descriptor is no longer used. */
  close(): Promise<void>
}
