import { timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import type { Certificates } from './certificates.ts'
import { freePort } from './port.ts'

export type Front = { port: number; stop: () => Promise<void> }

/** TLS before a server on loopback that cannot speak it. */
export async function tlsFront(target: number, certificates: Certificates): Promise<Front> {
  const server = createTlsServer(await pair(certificates), (outer) => {
    const inner = connect(target, '127.0.0.1')
    for (const [one, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      one.once('error', () => other.destroy())
      one.once('close', () => other.destroy())
      one.pipe(other)
    }
  })
  return listen(server)
}

/** TLS and HTTP Basic authentication before a web server on loopback that knows neither. */
export async function guardedFront(target: number, certificates: Certificates, user: { name: string; password: string }): Promise<Front> {
  const wanted = Buffer.from(`Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`)
  const server = createHttpsServer(await pair(certificates), (asked, answer) => {
    const given = Buffer.from(asked.headers.authorization ?? '')
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return forward(target, asked, answer)
    answer.writeHead(401, { 'www-authenticate': 'Basic', 'content-type': 'application/json' })
    answer.end(JSON.stringify({ error: { type: 'security_exception', reason: 'unable to authenticate' }, status: 401 }))
  })
  return listen(server)
}

function forward(target: number, asked: IncomingMessage, answer: ServerResponse): void {
  const { authorization: _authorization, ...headers } = asked.headers
  // A connection of its own: a kept one may lead to a node that has been killed since.
  const options = { host: '127.0.0.1', port: target, method: asked.method, path: asked.url, headers, agent: false }
  const inner = request(options, (answered) => {
    answer.writeHead(answered.statusCode ?? 502, answered.headers)
    answered.pipe(answer)
  })
  // Whoever asks sees what he would see without us: a connection that broke.
  inner.once('error', () => asked.socket.destroy())
  answer.once('close', () => inner.destroy())
  asked.pipe(inner)
}

const pair = async ({ certFile, keyFile }: Certificates) => ({ cert: await readFile(certFile), key: await readFile(keyFile) })

async function listen(server: TlsServer | HttpsServer): Promise<Front> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('tlsClientError', () => {})
  const port = await freePort()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of open) socket.destroy()
    })
  return { port, stop }
}
