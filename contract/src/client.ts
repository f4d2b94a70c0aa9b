import type { Problem } from './common.ts'
import type { CallOf, Endpoint, ReplyOf } from './endpoint.ts'

export class ApiError extends Error {
  readonly status: number
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ApiError'
    this.status = problem.status
    this.problem = problem
  }
}

export type ClientOptions = {
  /** For example http://127.0.0.1:8080; empty in a browser. */
  baseUrl: string
  /** Sent with every request: Authorization for programs, the CSRF token for the console. */
  headers?: () => Record<string, string>
  fetch?: typeof fetch
  timeoutMs?: number
}

type AnyCall = {
  params?: Record<string, string | number>
  query?: Record<string, string | number | boolean | null | undefined>
  body?: unknown
  ifMatch?: string
  idempotencyKey?: string
  signal?: AbortSignal
}

export type Reply<E extends Endpoint> = { data: ReplyOf<E>; etag: string | null }

export type Client = {
  <E extends Endpoint>(endpoint: E, call: CallOf<E>): Promise<ReplyOf<E>>
  /** The same, with the ETag that a later change must name. */
  withEtag<E extends Endpoint>(endpoint: E, call: CallOf<E>): Promise<Reply<E>>
}

export function urlOf(endpoint: Endpoint, call: AnyCall = {}): string {
  const path = endpoint.path.replace(/[:*](\w+)/g, (_, name: string) => encodeURIComponent(String(call.params?.[name] ?? '')))
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined && value !== null) query.set(name, String(value))
  const search = query.toString()
  return `/api/v1${path}${search ? `?${search}` : ''}`
}

/** A typed client: `await call(assets.get, { params: { id } })`. Rejects with ApiError for every answer that is not a success. */
export function createClient(options: ClientOptions): Client {
  const send = async (endpoint: Endpoint, call: AnyCall): Promise<Reply<Endpoint>> => {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? 60_000)
    const response = await (options.fetch ?? fetch)(options.baseUrl + urlOf(endpoint, call), {
      method: endpoint.method,
      headers: {
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(call.ifMatch ? { 'if-match': call.ifMatch } : {}),
        ...(call.idempotencyKey ? { 'idempotency-key': call.idempotencyKey } : {}),
        ...options.headers?.(),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
    })
    if (!response.ok) throw new ApiError(await readProblem(response))
    const text = response.status === 204 ? '' : await response.text()
    return { data: text ? (JSON.parse(text) as undefined) : undefined, etag: response.headers.get('etag') }
  }
  const client = (async (endpoint, call) => (await send(endpoint, call)).data) as Client
  client.withEtag = (endpoint, call) => send(endpoint, call)
  return client
}

async function readProblem(response: Response): Promise<Problem> {
  const text = await response.text()
  try {
    const parsed = JSON.parse(text) as Partial<Problem>
    if (typeof parsed.code === 'string') return parsed as Problem
  } catch {
    // Not JSON: a proxy answered instead of the platform.
  }
  return {
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    code: 'internal',
    detail: `the server answered ${response.status}`,
    requestId: '',
  }
}
