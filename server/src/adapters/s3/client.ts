import { AwsV4Signer } from 'aws4fetch'
import { createHash, randomUUID } from 'node:crypto'
import { Agent, request as askHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { Agent as TlsAgent, request as askHttps } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock, type Clock } from '../../lib/clock.ts'
import { CapstanError } from '../../lib/errors.ts'
import { isForGood, isPassing, refused, unreachable, type Refusal } from './faults.ts'
import { parseXml, textIn } from './xml.ts'

export type S3Options = Readonly<{
  /** http(s)://host:port of the server; the bucket is named in the path of each request. */
  endpoint: string
  bucket: string
  region?: string
  accessKeyId: string
  secretAccessKey: string
  /** The authority (PEM) that vouches for the server; without one, those that Node knows. */
  ca?: string
  clock?: Clock
  limits?: Partial<S3Limits>
}>

export type S3Limits = Readonly<{
  /** How long nothing may be heard, and how long an answer without much content may take. */
  answerMsMax: number
  /** A request with a body gets this much more time for each byte. */
  bytesPerSecondMin: number
  attemptsMax: number
  /** No attempt begins later than this after the first. */
  tryingMsMax: number
  /** Before the second attempt; doubled for each further one, with jitter. */
  retryMs: number
  retryMsMax: number
}>

const LIMITS: S3Limits = {
  answerMsMax: 15_000,
  bytesPerSecondMin: 64 * 1024,
  attemptsMax: 6,
  tryingMsMax: 120_000,
  retryMs: 200,
  retryMsMax: 10_000,
}

const CONNECTIONS_MAX = 32
const CONTENT_BYTES_MAX = 32 * 2 ** 20
const LINK_SECONDS_MAX = 3_600

export type S3Request = Readonly<{
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Absent: the bucket itself. */
  key?: string
  query?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  body?: Uint8Array
  /** Of the body, in hex, where it is known. */
  sha256?: string
  /** For what a server may take its time over. */
  answerMsMax?: number
  /** For what is tried, and not needed. */
  attemptsMax?: number
}>

export type S3Answer = Readonly<{ status: number; headers: IncomingHttpHeaders; body: Buffer; refusal: Refusal | null }>
type Streamed = Readonly<{ answer: S3Answer; body: IncomingMessage | null }>

/**
 * Signed requests to one bucket. Each is one that may be repeated, bears one invocation id through all its attempts, and is given up after a number of
 * attempts and a time. The signature covers the SHA-256 of the body, so a server takes no damaged one.
 */
export class S3Client {
  readonly #options: S3Options
  readonly #limits: S3Limits
  readonly #clock: Clock
  readonly #agent: Agent
  readonly #signingKeys = new Map<string, ArrayBuffer>()

  constructor(options: S3Options) {
    if (!URL.canParse(options.endpoint) || !/^https?:$/.test(new URL(options.endpoint).protocol))
      throw new CapstanError('invalid', 'S3: CAPSTAN_S3_URL is no address: https://host:port')
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.#clock = options.clock ?? systemClock
    const settings = { keepAlive: true, maxSockets: CONNECTIONS_MAX, ...(options.ca === undefined ? {} : { ca: options.ca }) }
    this.#agent = options.endpoint.startsWith('https:') ? new TlsAgent(settings) : new Agent(settings)
  }

  get bucket(): string {
    return this.#options.bucket
  }

  /** The whole answer, also when it is a refusal; throws `unavailable` when there is none, or only passing trouble until the ceiling. */
  async ask(request: S3Request): Promise<S3Answer> {
    return (await this.#persist(request, { isStreamed: false })).answer
  }

  /** The answer's headers, and its body to be read; null where it is a refusal. Nothing may be heard for `answerMsMax` at most while it is read. */
  stream(request: S3Request): Promise<Streamed> {
    return this.#persist(request, { isStreamed: true })
  }

  /** An address under which anybody may read `key` for so long, an hour at most. */
  async link(key: string, seconds: number, query: Readonly<Record<string, string>>): Promise<string> {
    if (!(seconds >= 1 && seconds <= LINK_SECONDS_MAX)) throw new CapstanError('invalid', 'a link lives for one second to one hour')
    const url = this.#address({ method: 'GET', key, query: { ...query, 'X-Amz-Expires': String(Math.floor(seconds)) } })
    const { url: signed } = await this.#signer({ method: 'GET', url, signQuery: true }).sign()
    // A blank as `+` is one to forms, not to every server's check of the signature.
    return signed.href.replaceAll('+', '%20')
  }

  close(): void {
    this.#agent.destroy()
  }

  async #persist(request: S3Request, { isStreamed }: { isStreamed: boolean }): Promise<Streamed> {
    const startedMs = this.#clock.monotonic()
    const invocation = randomUUID()
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(request, { invocation, attempt, isStreamed }).catch((error: unknown) => ({ error }))
      if ('error' in outcome && outcome.error instanceof CapstanError) throw outcome.error
      if ('answer' in outcome && !(outcome.answer.refusal && isPassing(outcome.answer.refusal))) return outcome
      const waitMs = this.#waitMs(attempt, 'answer' in outcome ? outcome.answer.headers['retry-after'] : undefined)
      const isOver =
        attempt >= (request.attemptsMax ?? this.#limits.attemptsMax) ||
        this.#clock.monotonic() - startedMs + waitMs > this.#limits.tryingMsMax
      if ('error' in outcome && (isOver || isForGood(outcome.error))) throw unreachable(outcome.error)
      if (isOver && 'answer' in outcome) return outcome
      await sleep(waitMs)
    }
  }

  #waitMs(attempt: number, retryAfter: string | undefined): number {
    const { retryMs, retryMsMax } = this.#limits
    const askedMs = Number(retryAfter ?? 0) * 1_000 || 0
    const backOffMs = Math.min(retryMsMax, retryMs * 2 ** (attempt - 1))
    return Math.max(Math.min(askedMs, 3 * retryMsMax), backOffMs * (0.5 + Math.random() / 2))
  }

  #address({ key, query = {} }: S3Request): string {
    const path = key === undefined ? '' : `/${key.split('/').map(encode).join('/')}`
    const search = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`)
    return `${new URL(this.#options.endpoint).origin}/${encode(this.#options.bucket)}${path}${search.length > 0 ? `?${search.join('&')}` : ''}`
  }

  #signer(what: { method: string; url: string; headers?: Record<string, string>; signQuery?: boolean }): AwsV4Signer {
    const { accessKeyId, secretAccessKey, region = 'us-east-1' } = this.#options
    const datetime = new Date(this.#clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, '')
    return new AwsV4Signer({ ...what, accessKeyId, secretAccessKey, region, service: 's3', datetime, cache: this.#signingKeys })
  }

  async #attempt(
    request: S3Request,
    { invocation, attempt, isStreamed }: { invocation: string; attempt: number; isStreamed: boolean },
  ): Promise<Streamed> {
    const { method, body = new Uint8Array() } = request
    const headers = {
      ...request.headers,
      'x-amz-content-sha256': request.sha256 ?? createHash('sha256').update(body).digest('hex'),
      'amz-sdk-invocation-id': invocation,
      'amz-sdk-request': `attempt=${attempt}; max=${this.#limits.attemptsMax}`,
    }
    const signed = await this.#signer({ method, url: this.#address(request), headers }).sign()
    const { answerMsMax, bytesPerSecondMin } = this.#limits
    const idleMs = request.answerMsMax ?? answerMsMax
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(late()), idleMs + (body.byteLength / bytesPerSecondMin) * 1_000)
    try {
      const message = await this.#send(signed, { body, idleMs, signal: abort.signal })
      const status = message.statusCode ?? 0
      // Whoever reads may pause for as long as he likes; he limits what he waits for.
      if (isStreamed && status < 300) message.setTimeout(0)
      if (isStreamed && status < 300)
        return { answer: { status, headers: message.headers, body: Buffer.alloc(0), refusal: null }, body: message }
      const content = await wholeOf(message, abort.signal)
      return { answer: { status, headers: message.headers, body: content, refusal: refusalIn(status, content) }, body: null }
    } finally {
      clearTimeout(timer)
    }
  }

  #send(
    signed: { method: string; url: URL; headers: Headers },
    { body, idleMs, signal }: { body: Uint8Array; idleMs: number; signal: AbortSignal },
  ): Promise<IncomingMessage> {
    const { method, url } = signed
    const ask = url.protocol === 'https:' ? askHttps : askHttp
    const headers = { ...Object.fromEntries(signed.headers), 'content-length': String(body.byteLength) }
    return new Promise((resolve, reject) => {
      const asked = ask(url, { method, headers, agent: this.#agent }, resolve)
      const onAbort = () => asked.destroy(signal.reason as Error)
      signal.addEventListener('abort', onAbort, { once: true })
      asked.setTimeout(idleMs, () => asked.destroy(late()))
      asked.on('error', reject)
      asked.end(body)
    })
  }
}

const late = () => Object.assign(new Error('it did not answer in time'), { code: 'ETIMEDOUT' })

/** RFC 3986: everything but letters, digits and -._~ */
export const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

async function wholeOf(message: IncomingMessage, signal: AbortSignal): Promise<Buffer> {
  const onAbort = () => message.destroy(signal.reason as Error)
  signal.addEventListener('abort', onAbort, { once: true })
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > CONTENT_BYTES_MAX) throw new CapstanError('unavailable', 'S3: the answer is too long')
  }
  return Buffer.concat(chunks)
}

/** A refusal may come late, in the body of a 200: copies and completions answer before they know. */
function refusalIn(status: number, body: Buffer): Refusal | null {
  const isOk = status >= 200 && status < 300
  if (isOk && !body.includes('<Error')) return null
  const { name, element } = readXml(body)
  if (isOk && name !== 'Error') return null
  const code = textIn(element, 'Code') || String(status)
  return { status: isOk ? 500 : status, code, message: textIn(element, 'Message') }
}

function readXml(body: Buffer): ReturnType<typeof parseXml> {
  try {
    return parseXml(body)
  } catch {
    return { name: '', element: {} }
  }
}

/** The answer, or the refusal thrown as the ports' error. */
export function accepted(answer: S3Answer, path: string | null): S3Answer {
  if (answer.refusal) throw refused(answer.refusal, path)
  return answer
}
