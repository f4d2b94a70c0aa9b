import { CapstanError } from '../../lib/errors.ts'
import type {
  CountRequest,
  IndexState,
  SearchIndex,
  SearchRequest,
  SearchResult,
  WriteBatch,
} from '../../services/search/ports/search-index.ts'
import { WorkerLink } from './search-index/worker-link.ts'

export type SqliteSearchIndexOptions = {
  /** After this a search is given up. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 5_000
/** A thread watches the time itself; only when it hangs in one long step it is replaced. */
const GRACE_MS = 1_000

/**
 * The search index in a file of its own (SQLite FTS5): one thread writes, one reads, so that neither waits for the other and the caller's
 * thread for none of them. A missing, foreign or damaged file is replaced by an empty one, and `state()` asks for a rebuild.
 */
export async function openSqliteSearchIndex(path: string, { timeoutMs = TIMEOUT_MS }: SqliteSearchIndexOptions = {}): Promise<SearchIndex> {
  const writer = new WorkerLink({ role: 'writer', path })
  try {
    await writer.call('open', null, null)
  } catch (error) {
    await writer.close()
    throw error
  }
  return new SqliteSearchIndex(path, writer, timeoutMs)
}

class SqliteSearchIndex implements SearchIndex {
  readonly #path: string
  readonly #writer: WorkerLink
  readonly #timeoutMs: number
  #reader: Promise<WorkerLink>
  #isDamaged = false
  #isClosed = false

  constructor(path: string, writer: WorkerLink, timeoutMs: number) {
    this.#path = path
    this.#writer = writer
    this.#timeoutMs = timeoutMs
    this.#reader = this.#openReader()
  }

  async write(batch: WriteBatch): Promise<void> {
    await this.#watch(this.#writer.call('write', batch, null))
  }

  async search(request: SearchRequest): Promise<SearchResult> {
    const reader = await this.#reader
    return this.#watch(reader.call('search', { request, timeoutMs: this.#timeoutMs }, this.#timeoutMs + GRACE_MS))
  }

  async count(request: CountRequest): Promise<number> {
    const reader = await this.#reader
    return this.#watch(reader.call('count', { request, timeoutMs: this.#timeoutMs }, this.#timeoutMs + GRACE_MS))
  }

  async state(): Promise<IndexState> {
    if (this.#isClosed) throw new CapstanError('unavailable', 'the search index is closed')
    const unreadable: IndexState = { documents: 0, checkpoints: [], needsRebuild: true }
    try {
      const reader = await this.#reader
      const state = await this.#watch(reader.call('state', null, null))
      return this.#isDamaged ? unreadable : state
    } catch (error) {
      if (isDamaged(error) || this.#isDamaged) return unreadable
      throw error
    }
  }

  async startRebuild(): Promise<void> {
    const old = await this.#reader
    const cleared = old.close().then(() => this.#writer.call('clear', { damaged: this.#isDamaged }, null))
    // Who searches meanwhile waits for the new reader.
    this.#reader = cleared.then(
      () => this.#openReader(),
      () => this.#openReader(),
    )
    await cleared
    this.#isDamaged = false
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const reader = await this.#reader
    await Promise.all([reader.close(), this.#writer.close()])
  }

  /** Answers at once when the reader has taken in the columns; a damaged file shows in `state`. */
  async #openReader(): Promise<WorkerLink> {
    const reader = new WorkerLink({ role: 'reader', path: this.#path })
    await this.#watch(reader.call('open', null, null)).catch(() => null)
    return reader
  }

  async #watch<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (isDamaged(error)) this.#isDamaged = true
      throw error
    }
  }
}

const isDamaged = (error: unknown): boolean => error instanceof CapstanError && error.details['damaged'] === true
