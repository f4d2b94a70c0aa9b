import { request as requestPlain, type IncomingHttpHeaders } from 'node:http'
import { request as requestTls } from 'node:https'

export type JsonQuestion = {
  method?: string
  headers?: Record<string, string>
  body?: unknown
  /** The authority (PEM) that vouches for the server; without one those that Node knows. */
  ca?: string | null
  /** For the whole answer, however slowly it comes. */
  limitMs: number
  signal?: AbortSignal
}

/** `json` is null when the answer was empty or no JSON. */
export type JsonAnswer = { status: number; headers: IncomingHttpHeaders; json: unknown }

const ANSWER_BYTES_MAX = 8 * 1024 * 1024

/**
 * One request on a connection of its own, so that none was closed under it. Every status is an answer, and redirections are not followed. Rejects with
 * Node's error when there is no whole answer within the limit.
 */
export function requestJson(url: string, { method = 'GET', headers = {}, body, ca, limitMs, signal }: JsonQuestion): Promise<JsonAnswer> {
  const request = url.startsWith('https:') ? requestTls : requestPlain
  const payload = body === undefined ? null : Buffer.from(JSON.stringify(body))
  const limit = AbortSignal.timeout(limitMs)
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      headers: { ...(payload ? { 'content-type': 'application/json', 'content-length': payload.length } : {}), ...headers },
      agent: false,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      ...(ca ? { ca } : {}),
    })
    sent.once('error', reject)
    sent.once('response', (response) => {
      const pieces: Buffer[] = []
      let sizeBytes = 0
      response.on('data', (piece: Buffer) => {
        pieces.push(piece)
        sizeBytes += piece.length
        if (sizeBytes > ANSWER_BYTES_MAX) response.destroy(new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`))
      })
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, json: parse(Buffer.concat(pieces).toString()) }),
      )
    })
    sent.end(payload ?? undefined)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Why a server could not be asked, for whoever set its address; the names are those of the settings to look at. */
export function whyNotReached(error: unknown, { url, caFile }: { url: string; caFile: string }): string {
  const { message, code = '' } = error as { message: string; code?: string }
  if (/certificate|self-signed/i.test(message) || /CERT/.test(code)) return `its certificate is not trusted: see ${caFile}`
  if (/EPROTO|ERR_SSL/.test(code)) return `it does not speak TLS as it should: see ${url}`
  if (/ENOTFOUND|EAI_AGAIN/.test(code)) return `no such host: see ${url}`
  return `nobody answers there (${code || message}): see ${url}, or start it`
}
