import { Connection, type Publisher } from 'rabbitmq-client'
import { CapstanError } from '../../lib/errors.ts'

export type RabbitmqOptions = Readonly<{
  /** amqp://user@host:port/vhost */
  url: string
  /** Instead of one in the URL. */
  password?: string
  /** Checks the server's certificate against this authority (PEM); with amqps:// alone, against those that Node knows. */
  tls?: Readonly<{ ca?: string }>
  /** Begins the names of exchanges and queues. */
  prefix?: string
}>

const CONNECT_MS_MAX = 5_000
const CHANNEL_MS_MAX = 3_000
const RECONNECT_MS = { low: 200, high: 10_000 }
const HEARTBEAT_S = 10

/** One connection that comes back by itself, each time a little later, and what is declared on it. While it is away nothing waits for it. */
export class RabbitmqBroker {
  readonly connection: Connection
  readonly names: { events: string; signals: string; dead: string; queueOf: (consumer: string) => string }
  readonly #publisher: Publisher
  readonly #lostListeners: (() => void)[] = []

  private constructor(connection: Connection, prefix: string) {
    this.connection = connection
    this.names = {
      events: `${prefix}.events`,
      signals: `${prefix}.signals`,
      dead: `${prefix}.dead`,
      queueOf: (consumer) => `${prefix}.events.${consumer}`,
    }
    // It is being mended already when this is called.
    connection.on('error', () => this.#lostListeners.forEach((listener) => listener()))
    const { events, signals, dead } = this.names
    this.#publisher = connection.createPublisher({
      confirm: true,
      exchanges: [
        { exchange: events, type: 'topic', durable: true },
        { exchange: signals, type: 'fanout', durable: false },
        { exchange: dead, type: 'fanout', durable: true },
      ],
      queues: [{ queue: dead, durable: true, arguments: { 'x-queue-type': 'quorum', 'x-max-length': 10_000 } }],
      queueBindings: [{ exchange: dead, queue: dead }],
    })
  }

  /** Connects once; throws `invalid` with one sentence that says what is wrong and what to do. */
  static async open({ url, password, tls, prefix = 'capstan' }: RabbitmqOptions): Promise<RabbitmqBroker> {
    const connection = new Connection({
      url: withPassword(url, password),
      ...(tls ? { tls: { ...tls } } : {}),
      acquireTimeout: CHANNEL_MS_MAX,
      connectionTimeout: CONNECT_MS_MAX,
      heartbeat: HEARTBEAT_S,
      retryLow: RECONNECT_MS.low,
      retryHigh: RECONNECT_MS.high,
      noDelay: true,
    })
    const firstError = new Promise<never>((_, reject) => void connection.once('error', reject))
    const broker = new RabbitmqBroker(connection, prefix)
    try {
      await Promise.race([connection.onConnect(CONNECT_MS_MAX), firstError])
      return broker
    } catch (error) {
      connection.unsafeDestroy()
      throw new CapstanError('invalid', `RabbitMQ: ${sentenceOf(error)}`, { cause: error })
    }
  }

  /** Calls `listener` when the connection was lost, and with it whatever came over it. */
  onLost(listener: () => void): void {
    this.#lostListeners.push(listener)
  }

  /** Resolves once the broker has it safely. Fails at once as `unavailable` while there is no broker. */
  async send(exchange: string, routingKey: string, body: unknown, options: { durable: boolean }): Promise<void> {
    if (!this.connection.ready) throw new CapstanError('unavailable', 'RabbitMQ cannot be reached')
    try {
      await this.#publisher.send({ exchange, routingKey, durable: options.durable }, body)
    } catch (error) {
      throw new CapstanError('unavailable', 'RabbitMQ took no message', { cause: error })
    }
  }

  async close(): Promise<void> {
    await this.#publisher.close().catch(() => {})
    const closed = this.connection.close().catch(() => {})
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, CHANNEL_MS_MAX).unref())])
    this.connection.unsafeDestroy()
  }
}

function withPassword(url: string, password: string | undefined): string {
  if (!URL.canParse(url) || !/^amqps?:/.test(url))
    throw new CapstanError('invalid', 'RabbitMQ: CAPSTAN_RABBITMQ_URL is no address: amqp://user@host:5672/vhost')
  const parsed = new URL(url)
  if (password !== undefined) parsed.password = encodeURIComponent(password)
  return parsed.href
}

function sentenceOf(error: unknown): string {
  const { message, code = '' } = error as { message: string; code?: string }
  if (/ACCESS_REFUSED/.test(`${code} ${message}`))
    return 'user or password are refused: see CAPSTAN_RABBITMQ_URL and CAPSTAN_RABBITMQ_PASSWORD_FILE'
  if (/NOT_ALLOWED/.test(`${code} ${message}`)) return 'there is no such vhost, or the user may not use it: see CAPSTAN_RABBITMQ_URL'
  if (/certificate|self-signed/i.test(message) || /CERT/.test(code)) return 'its certificate is not trusted: see CAPSTAN_RABBITMQ_CA_FILE'
  if (/ENOTFOUND|EAI_AGAIN/.test(code)) return 'no such host: see CAPSTAN_RABBITMQ_URL'
  return `nobody answers there (${code || message}): see CAPSTAN_RABBITMQ_URL, or start it`
}
