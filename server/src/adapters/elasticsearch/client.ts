import { readFileSync } from 'node:fs'
import { Agent as PlainAgent, request as requestPlain, type ClientRequest, type IncomingMessage } from 'node:http'
import { Agent as TlsAgent, request as requestTls } from 'node:https'
import { text } from 'node:stream/consumers'
import { CapstanError } from '../../lib/errors.ts'
import { failureOf } from './faults.ts'

export type ElasticsearchOptions = Readonly<{
  /** https://user@host:9200, with a path where a proxy puts one. */
  url: string
  /** Of the user in the address. */
  password?: string
  /** Instead of user and password: the encoded form (base64 of id:key). */
  apiKey?: string
  /** Checks the server's certificate against the authorities in this PEM file, instead of those that Node knows. */
  caFile?: string
  connectionsMax?: number
}>

export type Question = Readonly<{
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'
  path: string
  body?: unknown
  /** Instead of a body: one JSON text a line. */
  lines?: string
  limitMs?: number
}>

export type Answer = Readonly<{ status: number; product: string | null; json: unknown }>

const LIMIT_MS = 10_000
const CONNECTIONS_MAX = 16
/** What a kept connection says when the server has closed it meanwhile. */
const CLOSED_MEANWHILE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE'])

/** JSON over kept connections, every answer within a limit. What is asked may be asked twice: writes carry their own versions. */
export class ElasticsearchClient {
  readonly #base: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #agent: PlainAgent
  #isClosed = false

  /** Throws `invalid` for an address or a CA file that cannot be used. */
  constructor(options: ElasticsearchOptions) {
    this.#base = addressOf(options.url)
    this.#headers = { accept: 'application/json', ...authorizationOf(this.#base, options) }
    const kept = { keepAlive: true, maxSockets: options.connectionsMax ?? CONNECTIONS_MAX }
    this.#agent = this.#base.protocol === 'https:' ? new TlsAgent({ ...kept, ...authoritiesOf(options.caFile) }) : new PlainAgent(kept)
  }

  /** Every status is an answer. Throws `unavailable` when there is none within the limit. */
  async ask(question: Question): Promise<Answer> {
    this.refuseClosed()
    try {
      return await this.#send(question)
    } catch (error) {
      if (error instanceof StaleConnection) return await this.#send(question).catch((again: unknown) => Promise.reject(unreachable(again)))
      throw unreachable(error)
    }
  }

  /** What the server says to it; throws its refusal in the words of the ports. */
  async askSurely(question: Question): Promise<unknown> {
    const answer = await this.ask(question)
    if (answer.status >= 200 && answer.status < 300) return answer.json
    throw failureOf(answer)
  }

  refuseClosed(): void {
    if (this.#isClosed) throw new CapstanError('unavailable', 'the search index is closed')
  }

  close(): void {
    this.#isClosed = true
    this.#agent.destroy()
  }

  async #send({ method = 'GET', path, body, lines, limitMs = LIMIT_MS }: Question): Promise<Answer> {
    const content = lines ?? (body === undefined ? null : JSON.stringify(body))
    const type = lines === undefined ? 'application/json' : 'application/x-ndjson'
    const request = (this.#base.protocol === 'https:' ? requestTls : requestPlain)(`${this.#base.href}${path}`, {
      method,
      agent: this.#agent,
      signal: AbortSignal.timeout(limitMs),
      headers: content === null ? this.#headers : { ...this.#headers, 'content-type': type, 'content-length': Buffer.byteLength(content) },
    })
    const response = await responseTo(request, content)
    const product = response.headers['x-elastic-product']
    return { status: response.statusCode ?? 0, product: typeof product === 'string' ? product : null, json: parsed(await text(response)) }
  }
}

class StaleConnection extends Error {}

function responseTo(request: ClientRequest, content: string | null): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && CLOSED_MEANWHILE.has(error.code ?? '')
      reject(isStale ? new StaleConnection(error.message, { cause: error }) : error)
    })
    request.end(content ?? undefined)
  })
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return content.slice(0, 500)
  }
}

function unreachable(error: unknown): CapstanError {
  if (error instanceof CapstanError) return error
  const { name, message, code } = error as NodeJS.ErrnoException
  const how = name === 'AbortError' || name === 'TimeoutError' ? 'it did not answer in time' : message || code || name
  return new CapstanError(
    'unavailable',
    `the search server cannot be reached (${how}); searches work again by themselves when it answers`,
    {
      details: { reason: code ?? name },
      cause: error,
    },
  )
}

function addressOf(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.search !== '' || parsed.hash !== '')
    throw new CapstanError('invalid', 'search server: CAPSTAN_ELASTICSEARCH_URL is no address such as https://user@host:9200')
  if (!parsed.pathname.endsWith('/')) parsed.pathname += '/'
  return parsed
}

/** Takes user and password out of the address. */
function authorizationOf(base: URL, { password, apiKey }: ElasticsearchOptions): Record<string, string> {
  const user = decodeURIComponent(base.username)
  const secret = password ?? decodeURIComponent(base.password)
  base.username = ''
  base.password = ''
  if (apiKey !== undefined) return { authorization: `ApiKey ${apiKey}` }
  return user === '' ? {} : { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` }
}

function authoritiesOf(caFile: string | undefined): { ca?: Buffer } {
  if (caFile === undefined) return {}
  try {
    return { ca: readFileSync(caFile) }
  } catch (error) {
    throw new CapstanError('invalid', `search server: the CA file ${caFile} cannot be read: see CAPSTAN_ELASTICSEARCH_CA_FILE`, {
      cause: error,
    })
  }
}
