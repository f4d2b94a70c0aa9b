import { setTimeout as sleep } from 'node:timers/promises'
import { CapstanError } from '../../lib/errors.ts'
import type { ElasticsearchClient } from './client.ts'
import { failureFrom, failureOf, isOverload, type Fault } from './faults.ts'
import type { Entry } from './index-document.ts'

const ENTRIES_MAX = 1_000
const BYTES_MAX = 5 * 2 ** 20
const LIMIT_MS = 30_000
const PAUSE_MS_MIN = 100
const PAUSE_MS_MAX = 5_000
const HELD_BACK = 429
const TOO_LARGE = 413
const OLDER_THAN_KNOWN = 409

type Line = Readonly<{ status: number; error?: Fault }>

export type BulkOptions = Readonly<{
  /** How long an overloaded server is waited for. */
  patienceMs: number
  /** What to write instead of an entry that alone is too large for the server; null when there is nothing smaller. */
  smaller: (entry: Entry) => Entry | null
}>

/**
 * Writes entries through an alias. What the server knows in a newer version it skips. A server that holds back (429) is asked for less, later; a
 * request that is too large (413) is halved. Throws when one entry could not be written, after the others were tried.
 */
export class Bulk {
  readonly #client: ElasticsearchClient
  readonly #options: BulkOptions
  /** Learned from the server's refusals, and grown again by its consents. */
  #entriesMax = ENTRIES_MAX
  #bytesMax = BYTES_MAX

  constructor(client: ElasticsearchClient, options: BulkOptions) {
    this.#client = client
    this.#options = options
  }

  async write(alias: string, entries: readonly Entry[]): Promise<void> {
    const patientUntilMs = performance.now() + this.#options.patienceMs
    let waiting = [...entries]
    let pauseMs = PAUSE_MS_MIN
    let refused: CapstanError | null = null
    while (waiting.length > 0) {
      const part = this.#firstOf(waiting)
      const rest = waiting.slice(part.length)
      const { heldBack, failure, split } = await this.#send(alias, part)
      refused ??= failure ?? null
      waiting = split ? [...split, ...rest] : [...heldBack, ...rest]
      if (heldBack.length === 0) {
        pauseMs = PAUSE_MS_MIN
        if (!split) this.#entriesMax = Math.min(ENTRIES_MAX, this.#entriesMax * 2)
        continue
      }
      if (performance.now() + pauseMs > patientUntilMs) throw overloaded(this.#options.patienceMs)
      this.#entriesMax = Math.max(1, this.#entriesMax >> 1)
      await sleep(pauseMs * (0.5 + Math.random() / 2))
      pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)
    }
    if (refused) throw refused
  }

  #firstOf(waiting: readonly Entry[]): readonly Entry[] {
    let bytes = 0
    let count = 0
    for (const { body } of waiting) {
      bytes += body.length
      if (count > 0 && (bytes > this.#bytesMax || count >= this.#entriesMax)) break
      count++
    }
    return waiting.slice(0, count)
  }

  async #send(alias: string, part: readonly Entry[]): Promise<Outcome> {
    const path = `${alias}/_bulk?require_alias=true&filter_path=items.*.status,items.*.error`
    const answer = await this.#client.ask({ method: 'POST', path, lines: linesOf(part), limitMs: LIMIT_MS })
    if (answer.status === TOO_LARGE) return this.#halved(part, failureOf(answer))
    const { items, error } = (answer.json ?? {}) as { items?: readonly Record<string, Line>[]; error?: Fault }
    if (answer.status === HELD_BACK && isOverload(HELD_BACK, typeof error === 'object' ? error : {})) return { heldBack: part }
    if (answer.status >= 300 || items === undefined) throw failureOf(answer)
    return outcomeOf(part, items)
  }

  #halved(part: readonly Entry[], failure: CapstanError): Outcome {
    const [only, ...more] = part
    if (only !== undefined && more.length === 0) {
      const smaller = this.#options.smaller(only)
      return smaller === null ? { heldBack: [], failure } : { heldBack: [], split: [smaller] }
    }
    this.#bytesMax = Math.max(1, part.reduce((bytes, { body }) => bytes + body.length, 0) >> 1)
    return { heldBack: [], split: part }
  }
}

type Outcome = Readonly<{ heldBack: readonly Entry[]; failure?: CapstanError | null; split?: readonly Entry[] }>

const linesOf = (part: readonly Entry[]): string =>
  part.map(({ id, version, body }) => `{"index":{"_id":"${id}","version":${version},"version_type":"external_gte"}}\n${body}\n`).join('')

function outcomeOf(part: readonly Entry[], items: readonly Record<string, Line>[]): Outcome {
  const lines = items.map(({ index }) => index ?? { status: 500 })
  const heldBack = part.filter((_, i) => isOverload(lines[i]?.status ?? 0, lines[i]?.error ?? {}))
  const failed = lines.find(({ status, error = {} }) => status >= 300 && status !== OLDER_THAN_KNOWN && !isOverload(status, error))
  return { heldBack, failure: failed ? failureFrom(failed.status, failed.error ?? {}) : null }
}

const overloaded = (patienceMs: number): CapstanError =>
  new CapstanError(
    'unavailable',
    `the search server holds back writes for more than ${Math.round(patienceMs / 1_000)} s (429): it is overloaded; what is missing is written again later`,
  )
