import { chmodSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { CapstanError } from '../lib/errors.ts'

/** Requests that came through the socket: whoever may open it owns the data folder, and so is its administrator. */
export class ControlSocket {
  readonly #requests = new WeakSet<IncomingMessage>()
  #server: Server | null = null

  owns(request: IncomingMessage): boolean {
    return this.#requests.has(request)
  }

  /** Listens on a socket with mode 0600 in a folder with mode 0700. */
  async listen(path: string, handle: RequestListener): Promise<void> {
    rmSync(path, { force: true })
    const server = createServer((request, response) => {
      this.#requests.add(request)
      handle(request, response)
    })
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
    chmodSync(path, 0o600)
  }

  close(): void {
    this.#server?.close()
    this.#server?.closeAllConnections()
  }
}

/** Asks the platform that owns a data folder. Throws `unavailable` when nobody answers. */
export function askOwner(socketPath: string, method: string, path: string, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body)
    const request = httpRequest(
      {
        socketPath,
        method,
        path,
        timeout: 60_000,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const reply = JSON.parse(Buffer.concat(chunks).toString('utf8') || 'null') as { detail?: string }
          if ((response.statusCode ?? 500) < 300) resolve(reply)
          else reject(new CapstanError('conflict', reply.detail ?? `the running platform answered ${response.statusCode}`))
        })
      },
    )
    request.on('timeout', () => request.destroy(new Error('no answer within a minute')))
    request.on('error', (cause) =>
      reject(new CapstanError('unavailable', `the running platform does not answer: ${cause.message}`, { cause })),
    )
    request.end(text)
  })
}
