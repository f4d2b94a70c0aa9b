import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { freePort } from '../../../../ops/servers/port.ts'

export type Asked = Readonly<{ method: string; url: URL; headers: IncomingHttpHeaders; body: Buffer }>
export type Answered = { status: number; headers: IncomingHttpHeaders; body: Buffer }

/** What stands between does to what passes; each answers what is to pass instead, null for a connection that breaks. */
export type Tampering = {
  /** Answers for the server. */
  instead?: (asked: Asked) => Partial<Answered> | undefined
  asked?: (asked: Asked) => Buffer
  answered?: (asked: Asked, answered: Answered) => Answered | null
}

/** A web proxy that lies. Signatures cover the name of the host that was asked, so that what it leaves alone is accepted. */
export class TamperingProxy {
  readonly url: string
  readonly asked: Asked[] = []
  tampering: Tampering = {}
  readonly #target: URL
  readonly #server = createServer((message, response) => void this.#serve(message, response))

  private constructor(target: string, port: number) {
    this.#target = new URL(target)
    this.url = target.replace(`:${this.#target.port}`, `:${port}`)
  }

  static async before(target: string): Promise<TamperingProxy> {
    const port = await freePort()
    const proxy = new TamperingProxy(target, port)
    await new Promise<void>((resolve) => proxy.#server.listen(port, '127.0.0.1', resolve))
    return proxy
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = {
      method: message.method ?? 'GET',
      url: new URL(message.url ?? '/', this.url),
      headers: message.headers,
      body: await wholeOf(message).catch(() => Buffer.alloc(0)),
    }
    this.asked.push(asked)
    const instead = this.tampering.instead?.(asked)
    const answered = instead ? { status: 200, headers: {}, body: Buffer.alloc(0), ...instead } : await this.#forward(message, asked)
    const told = answered && !instead && this.tampering.answered ? this.tampering.answered(asked, answered) : answered
    if (!told) return void message.socket.destroy()
    const { 'transfer-encoding': _chunked, ...headers } = told.headers
    response.writeHead(told.status, asked.method === 'HEAD' ? headers : { ...headers, 'content-length': String(told.body.length) })
    response.end(told.body)
  }

  #forward({ url: path }: IncomingMessage, asked: Asked): Promise<Answered | null> {
    const body = this.tampering.asked?.(asked) ?? asked.body
    return new Promise((resolve) => {
      const { hostname: host, port } = this.#target
      const passed = request({ host, port, path, method: asked.method, headers: asked.headers, agent: false }, (answer) => {
        wholeOf(answer).then(
          (content) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: content }),
          () => resolve(null),
        )
      })
      passed.once('error', () => resolve(null))
      passed.end(body)
    })
  }
}

async function wholeOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
