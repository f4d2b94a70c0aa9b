import { Worker } from 'node:worker_threads'
import { CapstanError } from '../../../lib/errors.ts'
import type { Answer, Call, OperationName, Operations, WorkerSetup } from './messages.ts'

type Waiting = {
  call: Call
  resolve: (output: never) => void
  reject: (error: unknown) => void
  timeoutMs: number | null
  timer: NodeJS.Timeout | null
}

/** A small nursery keeps the columns of 200,000 documents at 125 MiB in place of 185; no search became slower. */
const YOUNG_GENERATION_MIB = 4
/** The call by which a replaced thread opens the index again. */
const REOPEN = 0

/** A worker thread that answers calls in order. It does not keep the process alive unless somebody waits for it. */
export class WorkerLink {
  readonly #setup: WorkerSetup
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker
  #nextId = 1
  #hasAnswered = false
  #isReplaced = false
  #isReopening = false
  #closed = false

  constructor(setup: WorkerSetup) {
    this.#setup = setup
    this.#worker = this.#start()
  }

  /** Rejects with `timeout` after `timeoutMs`; a thread that has not come back by then is replaced, and what waited behind it begins again. */
  call<O extends OperationName>(operation: O, input: Operations[O][0], timeoutMs: number | null): Promise<Operations[O][1]> {
    if (this.#closed) return Promise.reject(closed())
    return new Promise((resolve, reject) => {
      const call = { id: this.#nextId++, operation, input }
      this.#waiting.set(call.id, { call, resolve, reject, timeoutMs, timer: this.#isReopening ? null : this.#timer(call.id, timeoutMs) })
      this.#worker.ref()
      this.#worker.postMessage(call)
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await this.call('close', null, 10_000).catch(() => null)
    this.#closed = true
    await this.#worker.terminate()
    this.#rejectAll(closed())
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: this.#setup,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
    })
    worker.on('message', (answer: Answer) => this.#settle(answer))
    worker.on('error', (error) =>
      this.#rejectAll(new CapstanError('unavailable', 'the thread of the search index stopped', { cause: error })),
    )
    worker.on('exit', () => this.#revive(worker))
    worker.unref()
    return worker
  }

  #settle(answer: Answer): void {
    this.#hasAnswered = true
    if (answer.id === REOPEN) return this.#reopened()
    const waiting = this.#take(answer.id)
    if (!waiting) return
    if (answer.ok) waiting.resolve(answer.output as never)
    else waiting.reject(new CapstanError(answer.error.code, answer.error.message, { details: answer.error.details }))
  }

  #expire(id: number): void {
    this.#take(id)?.reject(new CapstanError('timeout', 'the search took too long; search for fewer or longer words'))
    this.#isReplaced = true
    void this.#worker.terminate()
  }

  /** A thread that ended, by itself or by us, makes room for a new one; one that never answered anything would end again. */
  #revive(ended: Worker): void {
    if (this.#closed || ended !== this.#worker) return
    if (!this.#hasAnswered && !this.#isReplaced) {
      this.#closed = true
      return this.#rejectAll(closed())
    }
    this.#hasAnswered = false
    this.#isReplaced = false
    this.#isReopening = true
    this.#worker = this.#start()
    this.#worker.postMessage({ id: REOPEN, operation: 'open', input: null })
    for (const waiting of this.#waiting.values()) {
      if (waiting.timer) clearTimeout(waiting.timer)
      waiting.timer = null
      this.#worker.postMessage(waiting.call)
    }
    if (this.#waiting.size > 0) this.#worker.ref()
  }

  /** Reading the columns again counts against nobody's time. */
  #reopened(): void {
    this.#isReopening = false
    for (const [id, waiting] of this.#waiting) waiting.timer = this.#timer(id, waiting.timeoutMs)
  }

  #timer(id: number, timeoutMs: number | null): NodeJS.Timeout | null {
    return timeoutMs === null ? null : setTimeout(() => this.#expire(id), timeoutMs)
  }

  #take(id: number): Waiting | null {
    const waiting = this.#waiting.get(id) ?? null
    this.#waiting.delete(id)
    if (waiting?.timer) clearTimeout(waiting.timer)
    if (this.#waiting.size === 0) this.#worker.unref()
    return waiting
  }

  #rejectAll(error: CapstanError): void {
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(error)
  }
}

const closed = (): CapstanError => new CapstanError('unavailable', 'the search index is closed')
