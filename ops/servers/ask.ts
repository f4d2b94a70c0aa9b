import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

const LIMIT_MS = 5_000

export type Question = { method?: string; headers?: Record<string, string>; body?: unknown; ca?: string | null; limitMs?: number }

/** One JSON request of its own connection. Rejects when there is no answer within the limit; every status is an answer. */
export function ask(url: string, { method = 'GET', headers = {}, body, ca, limitMs = LIMIT_MS }: Question = {}) {
  return new Promise<{ status: number; json: unknown }>((resolve, reject) => {
    const request = url.startsWith('https:') ? requestTls : requestPlain
    const sent = request(url, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      agent: false,
      signal: AbortSignal.timeout(limitMs),
      ...(ca ? { ca } : {}),
    })
    sent.once('error', reject)
    sent.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk))
      response.once('error', reject)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, json: parse(text) }))
    })
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** As `ask`; rejects unless the status is in the 200s. */
export async function askSurely(url: string, question: Question = {}): Promise<unknown> {
  const { status, json } = await ask(url, question)
  if (status >= 200 && status < 300) return json
  throw new Error(`${question.method ?? 'GET'} ${url} answered ${status}: ${JSON.stringify(json)}`)
}

/** Says `hello` on a new connection to a port on loopback and resolves with the first bytes that come back. */
export function firstWords(port: number, hello: string, ca: string | null = null): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket: Socket = ca ? connectTls({ port, host: '127.0.0.1', ca }) : connectPlain(port, '127.0.0.1')
    const end = (act: () => void) => {
      socket.destroy()
      act()
    }
    socket.setTimeout(LIMIT_MS, () => end(() => reject(new Error('no answer'))))
    socket.once('error', (error) => end(() => reject(error)))
    socket.once('close', () => reject(new Error('closed without an answer')))
    socket.once('data', (bytes: Buffer) => end(() => resolve(bytes)))
    socket.write(hello, 'latin1')
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
