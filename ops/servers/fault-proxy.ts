import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './port.ts'

const PENDING_BYTES_MAX = 1024 * 1024
const DRIP_MS = 50

/** Towards the server, or back from it. */
export type Direction = 'up' | 'down'

export type Fault =
  | { kind: 'none' }
  /** Every byte arrives this much later, in both directions; the rate stays. */
  | { kind: 'latency'; delayMs: number }
  /** Open connections are reset, new ones refused. */
  | { kind: 'cut' }
  /** Connections open and stay open, and nothing passes. */
  | { kind: 'half-open' }
  /** So many bytes a second and direction. */
  | { kind: 'drip'; bytesPerSecond: number }
  /** What goes this way vanishes, what goes the other way arrives. */
  | { kind: 'drop'; direction: Direction }

/** Stands between a client and a server on loopback, and fails as networks fail. Nothing that was delayed or held back is lost, but for `drop` and `cut`. */
export class FaultProxy {
  readonly port: number
  readonly #target: number
  readonly #links = new Set<Link>()
  #server: Server | null = null
  #fault: Fault = { kind: 'none' }

  private constructor(port: number, target: number) {
    this.port = port
    this.#target = target
  }

  /** In front of the port of `url`, which is on loopback. */
  static async before(url: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(await freePort(), Number(new URL(url).port))
    await proxy.#listen()
    return proxy
  }

  /** The same address through the proxy. */
  through(url: string): string {
    return url.replace(`:${this.#target}`, `:${this.port}`)
  }

  /** From now on, for new connections and those that are open. Connections that lost bytes are reset when the fault ends. */
  async set(fault: Fault): Promise<void> {
    this.#fault = fault
    if (fault.kind === 'cut') return this.#close()
    if (fault.kind !== 'drop') for (const link of this.#links) if (link.hasLost) link.reset()
    for (const link of this.#links) link.wake()
    await this.#listen()
  }

  async stop(): Promise<void> {
    await this.#close()
  }

  async #listen(): Promise<void> {
    if (this.#server) return
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.port, '127.0.0.1', resolve)
    })
  }

  async #close(): Promise<void> {
    const server = this.#server
    this.#server = null
    const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
    for (const link of this.#links) link.reset()
    await closed
  }

  #accept(client: Socket): void {
    const link = new Link(client, connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true }), () => this.#fault)
    this.#links.add(link)
    link.whenClosed(() => this.#links.delete(link))
  }
}

/** One connection: two one-way flows that share their end. */
class Link {
  readonly #client: Socket
  readonly #server: Socket
  readonly #flows: Flow[]
  hasLost = false

  constructor(client: Socket, server: Socket, fault: () => Fault) {
    this.#client = client
    this.#server = server
    const onLoss = () => void (this.hasLost = true)
    this.#flows = [
      new Flow({ from: client, to: server, direction: 'up', fault, onLoss }),
      new Flow({ from: server, to: client, direction: 'down', fault, onLoss }),
    ]
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.once('error', () => this.reset())
    }
  }

  wake(): void {
    for (const flow of this.#flows) flow.wake()
  }

  reset(): void {
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
    this.wake()
  }

  whenClosed(act: () => void): void {
    this.#client.once('close', () => {
      act()
      this.reset()
    })
  }
}

type Ends = { from: Socket; to: Socket; direction: Direction; fault: () => Fault; onLoss: () => void }

type Waiting = { bytes: Buffer; arrivedMs: number } | 'end'

/** Moves bytes one way, in order, as the fault of the moment lets it. */
class Flow {
  readonly #ends: Ends
  readonly #waiting: Waiting[] = []
  #pendingBytes = 0
  #wake: () => void = () => {}

  constructor(ends: Ends) {
    this.#ends = ends
    ends.from.on('data', (bytes: Buffer) => {
      this.#pendingBytes += bytes.length
      if (this.#pendingBytes > PENDING_BYTES_MAX) ends.from.pause()
      this.#push({ bytes, arrivedMs: performance.now() })
    })
    ends.from.once('end', () => this.#push('end'))
    void this.#run()
  }

  wake(): void {
    this.#wake()
  }

  #push(item: Waiting): void {
    this.#waiting.push(item)
    this.wake()
  }

  async #run(): Promise<void> {
    const { from, to, direction, fault, onLoss } = this.#ends
    while (!to.destroyed) {
      const next = this.#waiting[0]
      const now = fault()
      if (next === undefined || now.kind === 'half-open') {
        await this.#sleepUntilWoken()
        continue
      }
      if (next === 'end') return void to.end()
      if (now.kind === 'drop' && now.direction === direction) {
        onLoss()
        this.#taken(next, next.bytes.length)
        continue
      }
      if (now.kind === 'latency' && (await this.#waitUntil(next.arrivedMs + now.delayMs))) continue
      const size = now.kind === 'drip' ? Math.max(1, Math.round((now.bytesPerSecond * DRIP_MS) / 1_000)) : next.bytes.length
      const written = to.write(next.bytes.subarray(0, size))
      this.#taken(next, size)
      if (now.kind === 'drip') await sleep(DRIP_MS)
      if (!written) await this.#drained(to)
      if (this.#pendingBytes <= PENDING_BYTES_MAX) from.resume()
    }
  }

  #taken(next: { bytes: Buffer }, size: number): void {
    this.#pendingBytes -= Math.min(size, next.bytes.length)
    next.bytes = next.bytes.subarray(size)
    if (next.bytes.length === 0) this.#waiting.shift()
  }

  /** True when it had to wait, because the fault may be another one then. */
  async #waitUntil(dueMs: number): Promise<boolean> {
    const leftMs = dueMs - performance.now()
    if (leftMs <= 0) return false
    const timer = setTimeout(() => this.wake(), Math.ceil(leftMs))
    await this.#sleepUntilWoken()
    clearTimeout(timer)
    return true
  }

  async #drained(to: Socket): Promise<void> {
    to.once('drain', () => this.wake())
    while (to.writableNeedDrain && !to.destroyed) await this.#sleepUntilWoken()
  }

  #sleepUntilWoken(): Promise<void> {
    return new Promise((resolve) => void (this.#wake = resolve))
  }
}
