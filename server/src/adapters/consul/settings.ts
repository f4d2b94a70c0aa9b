import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { CapstanError } from '../../lib/errors.ts'
import { requestJson, whyNotReached, type JsonAnswer } from '../../lib/json-request.ts'
import { LastGood } from '../../lib/last-good.ts'
import type { ParseSettings, Settings, SettingsListener } from '../../ports/settings.ts'

export type ConsulOptions = Readonly<{
  /** https://host:8501/key: the agent, and the key that holds the settings (`capstan/settings`). */
  url: string
  /** The ACL token; read again at each question, so that a new one counts. Without one Consul's anonymous token is meant. */
  tokenFile?: string
  /** Checks the server's certificate against this authority (PEM); without one against those that Node knows. */
  tls?: Readonly<{ ca?: string }>
  /** How long a question waits for a change; what breaks in silence is noticed this much later. */
  waitMs?: number
}>

type Place = Readonly<{ origin: string; key: string }>

const DEFAULT_KEY = 'capstan/settings'
const WAIT_MS = 10_000
/** Consul waits up to a sixteenth longer, so that not all ask again at once. */
const WAIT_MORE = 1 / 16
const ANSWER_MS_MAX = 5_000
/** A key that is written all the time is read so often at most. */
const PAUSE_MS_MIN = 100
const RETRY_MS = { min: 500, max: 10_000 }

const Found = z.tuple([z.object({ Value: z.string().nullable() })])

const refusal = (sentence: string, cause?: unknown): CapstanError => new CapstanError('invalid', `Consul: ${sentence}`, { cause })

/** One key of Consul, asked in questions that wait for a change. While Consul is away the last good settings stay. */
export class ConsulSettings<T> implements Settings<T> {
  readonly #good: LastGood<T>
  readonly #end = new AbortController()

  private constructor(good: LastGood<T>) {
    this.#good = good
  }

  /** Throws `invalid` with one sentence that says what is wrong and what to do. */
  static async open<T>(options: ConsulOptions & { parse: ParseSettings<T> }): Promise<ConsulSettings<T>> {
    const place = placeOf(options.url)
    const { text, index } = await read(options, place, null).catch((error: unknown) => {
      throw error instanceof CapstanError ? refusal(error.message, error) : error
    })
    const settings = new ConsulSettings(new LastGood(text, { parse: options.parse, source: `the key ${place.key} of Consul` }))
    void settings.#follow(options, place, index)
    return settings
  }

  current(): T {
    return this.#good.value
  }

  watch(listener: SettingsListener<T>): () => void {
    return this.#good.listen(listener)
  }

  close(): void {
    this.#end.abort()
    this.#good.forgetListeners()
  }

  async #follow(options: ConsulOptions, place: Place, firstIndex: number | null): Promise<void> {
    const { signal } = this.#end
    const isOver = () => signal.aborted
    let index = firstIndex
    let retryMs = RETRY_MS.min
    while (!isOver()) {
      try {
        const answer = await read(options, place, { index, signal })
        this.#good.take(answer.text)
        index = nextIndex(index, answer.index)
        retryMs = RETRY_MS.min
        await pause(PAUSE_MS_MIN, signal)
      } catch (error) {
        if (isOver()) return
        // What was missed meanwhile is read without waiting.
        index = null
        this.#good.keep(`the settings in Consul cannot be read: ${(error as Error).message}`)
        await pause(retryMs, signal)
        retryMs = Math.min(2 * retryMs, RETRY_MS.max)
      }
    }
  }
}

/** Null asks at once: Consul's state was put back when its index is not higher than before, and it knows nothing of ours. */
export function nextIndex(before: number | null, now: number | null): number | null {
  if (now === null || now < 1) return null
  return before !== null && now < before ? null : now
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal, ref: false }).catch(() => {})

type Waiting = { index: number | null; signal: AbortSignal }

async function read(options: ConsulOptions, place: Place, waiting: Waiting | null): Promise<{ text: string | null; index: number | null }> {
  const { waitMs = WAIT_MS } = options
  const isWaiting = waiting !== null && waiting.index !== null
  const answer = await ask(options, `${place.origin}/v1/kv/${place.key}${isWaiting ? `?index=${waiting.index}&wait=${waitMs}ms` : ''}`, {
    limitMs: ANSWER_MS_MAX + (isWaiting ? Math.ceil(waitMs * (1 + WAIT_MORE)) : 0),
    ...(waiting ? { signal: waiting.signal } : {}),
  })
  const index = Number(answer.headers['x-consul-index'] ?? Number.NaN)
  return { text: textOf(answer, place), index: Number.isFinite(index) ? index : null }
}

function textOf({ status, json }: JsonAnswer, { key }: Place): string | null {
  if (status === 404) return null
  const found = Found.safeParse(json).data?.[0]
  if (status === 200 && found) return Buffer.from(found.Value ?? '', 'base64').toString()
  if (status === 403 || status === 401) throw refused(`the token may not read ${key}: see CAPSTAN_CONSUL_PASSWORD_FILE`)
  throw refused(`it does not answer as a Consul does (${status}): see CAPSTAN_CONSUL_URL`)
}

async function ask(
  options: ConsulOptions,
  url: string,
  { limitMs, signal }: { limitMs: number; signal?: AbortSignal },
): Promise<JsonAnswer> {
  const token = options.tokenFile === undefined ? null : await readToken(options.tokenFile)
  try {
    return await requestJson(url, {
      headers: token ? { 'x-consul-token': token } : {},
      ca: options.tls?.ca ?? null,
      limitMs,
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    throw refused(whyNotReached(error, { url: 'CAPSTAN_CONSUL_URL', caFile: 'CAPSTAN_CONSUL_CA_FILE' }), error)
  }
}

const refused = (sentence: string, cause?: unknown): CapstanError => new CapstanError('unavailable', sentence, { cause })

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    throw refused('the file of CAPSTAN_CONSUL_PASSWORD_FILE cannot be read', error)
  }
}

function placeOf(url: string): Place {
  const parsed = URL.canParse(url) && /^https?:/.test(url) ? new URL(url) : null
  if (!parsed || parsed.username || parsed.password || parsed.search)
    throw refusal('CAPSTAN_CONSUL_URL is no address: https://host:8501/key, with the token in the file of CAPSTAN_CONSUL_PASSWORD_FILE')
  return { origin: parsed.origin, key: parsed.pathname.replace(/^\/+|\/+$/g, '') || DEFAULT_KEY }
}
