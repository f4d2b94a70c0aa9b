import { ConsumerStatus, type Consumer as BrokerConsumer } from 'rabbitmq-client'
import type { Clock } from '../../lib/clock.ts'
import type { DeliveredEvent, EventHandler, Subscription } from '../../ports/event-bus.ts'
import type { EventHistory } from '../../services/events/ports/event-history.ts'
import { bindingsOf, parseBatch, type Batch } from './batch.ts'
import type { RabbitmqBroker } from './broker.ts'

/** What a consumer remembers across processes, held by one of them at a time. Every method but `hold` and `load` throws `conflict` when another holds it. */
export interface ConsumerState {
  /** Takes or keeps it; answers a fence, another one after each time that somebody else had it, or null while another process has it. */
  hold(byForce: boolean): Promise<number | null>
  /** `starts`: how often events were handed out since the position last moved. */
  load(): Promise<{ position: number; starts: number }>
  begin(): Promise<void>
  save(position: number): Promise<void>
  setAside(sequence: number, reason: string, atMs: number): Promise<void>
  release(): Promise<void>
}

export type ConsumerDeps = Readonly<{
  broker: RabbitmqBroker
  history: Pick<EventHistory, 'head' | 'read'>
  state: ConsumerState
  clock: Clock
  retryDelayMs: number
}>

type Delivery = Batch & { end: (status: ConsumerStatus) => void }
type Step = { events: DeliveredEvent[]; upTo: number }

const TRIES_MAX = 10
/** From here on events are handed out one by one, so that the one that ends its process is known. */
const STARTS_SUSPICIOUS = 3
const STARTS_MAX = 6
const RETRY_DELAY_MS_MAX = 30_000
const POSITION_SAVE_MS = 200
const LOOK_MS = 1_000
/** A handler that is still at work then is left alone: its events come again to the next process. */
const STOP_MS_MAX = 5_000
const PAGE = 500
const DELIVERIES_MAX = 20
const QUEUE_BYTES_MAX = 256 * 1024 * 1024

/**
 * Hands the events of the history to one handler, in order. The broker brings them; what it did not bring (it was away, was wiped, dropped a message) is
 * read from the history. A message is acknowledged after the effect of its events, never before.
 */
export class Consumer {
  readonly name: string
  readonly #deps: ConsumerDeps
  readonly #handle: EventHandler
  readonly #names: ReadonlySet<string> | null
  readonly #batchMax: number
  readonly #queue: BrokerConsumer
  readonly #timer: NodeJS.Timeout
  #deliveries: Delivery[] = []
  #fence: number | null = null
  #position = 0
  #savedPosition = 0
  #savedAtMs = 0
  #starts = 0
  #hasBegun = false
  #tries = 0
  #look = true
  #wanted = false
  #stopped = false
  #running: Promise<void> | null = null
  #retry: NodeJS.Timeout | null = null

  constructor(deps: ConsumerDeps, { consumer, names, batchMax = 200 }: Subscription, handle: EventHandler) {
    this.name = consumer
    this.#deps = deps
    this.#handle = handle
    this.#names = names === 'all' ? null : new Set(names)
    this.#batchMax = batchMax
    this.#queue = this.#listen(names)
    deps.broker.onLost(() => this.#forget(ConsumerStatus.REQUEUE))
    this.#timer = setInterval(() => this.look(), LOOK_MS)
    this.#timer.unref()
    this.look()
  }

  /** The history may hold more than the broker brings. */
  look(): void {
    this.#look = true
    this.#wake()
  }

  async position(): Promise<number> {
    return this.#fence === null ? (await this.#deps.state.load()).position : this.#position
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    if (this.#retry) clearTimeout(this.#retry)
    await Promise.race([this.#running, new Promise((resolve) => setTimeout(resolve, STOP_MS_MAX).unref())])
    this.#forget(ConsumerStatus.REQUEUE)
    await this.#queue.close().catch(() => {})
    if (this.#fence === null) return
    await this.#save().catch(() => {})
    await this.#deps.state.release().catch(() => {})
  }

  #listen(names: Subscription['names']): BrokerConsumer {
    const { connection, names: at } = this.#deps.broker
    const queue = at.queueOf(this.name)
    const consumer = connection.createConsumer(
      {
        queue,
        queueOptions: {
          durable: true,
          arguments: {
            'x-queue-type': 'quorum',
            'x-single-active-consumer': true,
            'x-delivery-limit': 20,
            'x-dead-letter-exchange': at.dead,
            // What falls out of a queue that nobody reads is read from the history.
            'x-max-length-bytes': QUEUE_BYTES_MAX,
          },
        },
        exchanges: [{ exchange: at.events, type: 'topic', durable: true }],
        queueBindings: bindingsOf(names).map((routingKey) => ({ exchange: at.events, queue, routingKey })),
        qos: { prefetchCount: Math.min(this.#batchMax, DELIVERIES_MAX) },
      },
      ({ body }) => this.#take(body),
    )
    // What a lost channel brought is brought again, perhaps to another process.
    consumer.on('error', () => this.#forget(ConsumerStatus.REQUEUE))
    consumer.on('ready', () => this.look())
    return consumer
  }

  #take(body: unknown): Promise<ConsumerStatus> | ConsumerStatus {
    const batch = parseBatch(body)
    if (!batch) return ConsumerStatus.DROP
    if (this.#stopped) return ConsumerStatus.REQUEUE
    return new Promise((end) => {
      this.#deliveries.push({ ...batch, end })
      this.#wake()
    })
  }

  #wake(): void {
    this.#wanted = true
    if (this.#stopped || this.#running || this.#retry) return
    this.#running = this.#run().finally(() => {
      this.#running = null
      if (this.#wanted) this.#wake()
    })
  }

  async #run(): Promise<void> {
    this.#wanted = false
    try {
      while (!this.#stopped && (await this.#step()));
    } catch {
      this.#retryLater()
    }
  }

  /** False when there is nothing to do now. */
  async #step(): Promise<boolean> {
    if (!(await this.#isOurs())) return false
    const isCareful = this.#tries > 2 || this.#starts >= STARTS_SUSPICIOUS
    const step = await this.#next(isCareful ? 1 : this.#batchMax)
    if (!step) return false
    if (step.events.length > 0) await this.#deliver(step.events)
    this.#position = step.upTo
    if (isCareful || this.#deps.clock.monotonic() - this.#savedAtMs >= POSITION_SAVE_MS) await this.#save()
    this.#acknowledge()
    return true
  }

  /** The broker gives messages to one process only: who gets one takes over from a process that is gone, without waiting for its lease. */
  async #isOurs(): Promise<boolean> {
    const fence = await this.#deps.state.hold(this.#deliveries.length > 0)
    if (fence === this.#fence) return fence !== null
    this.#fence = fence
    if (fence === null) return false
    const { position, starts } = await this.#deps.state.load()
    this.#position = this.#savedPosition = position
    this.#starts = starts
    this.#hasBegun = false
    this.#tries = 0
    this.#look = true
    this.#acknowledge()
    return true
  }

  /** What comes next: from the broker as far as it goes on where we are, else from the history. Null when that is all. */
  async #next(limit: number): Promise<Step | null> {
    const [first] = this.#deliveries
    if (first && first.from <= this.#position + 1) return this.#fromBroker(limit)
    if (!first && !this.#look) return null
    const goal = first ? first.from - 1 : await this.#deps.history.head()
    if (!first) this.#look = goal > this.#position
    if (goal <= this.#position) return null
    const page = await this.#deps.history.read({}, { cursor: this.#position, limit: PAGE, newestFirst: false })
    const known = page.filter(({ sequence }) => sequence <= goal)
    const upTo = page.length < PAGE || known.length < page.length ? goal : (page.at(-1)?.sequence ?? goal)
    return this.#cut(known, upTo, limit)
  }

  #fromBroker(limit: number): Step {
    const events: DeliveredEvent[] = []
    let upTo = this.#position
    for (const batch of this.#deliveries) {
      if (batch.from > upTo + 1 || events.length >= limit) break
      if (batch.to <= upTo) continue
      events.push(...batch.events.filter(({ sequence }) => sequence > upTo))
      upTo = batch.to
    }
    return this.#cut(events, upTo, limit)
  }

  #cut(events: readonly DeliveredEvent[], upTo: number, limit: number): Step {
    const wanted = events.filter(({ name }) => this.#names?.has(name) ?? true)
    if (wanted.length <= limit) return { events: wanted, upTo }
    const taken = wanted.slice(0, limit)
    return { events: taken, upTo: taken.at(-1)?.sequence ?? upTo }
  }

  async #deliver(events: readonly DeliveredEvent[]): Promise<void> {
    const [first] = events
    if (first && this.#starts >= STARTS_MAX) return this.#setAside(first, `its handler ended the process ${this.#starts} times`)
    if (!this.#hasBegun) await this.#deps.state.begin()
    this.#hasBegun = true
    try {
      await this.#handle(events)
    } catch (error) {
      this.#tries += 1
      if (!first || events.length > 1 || this.#tries < TRIES_MAX) throw error
      await this.#setAside(first, error instanceof Error ? error.message : String(error))
    }
    this.#tries = 0
  }

  async #setAside({ sequence }: DeliveredEvent, reason: string): Promise<void> {
    await this.#deps.state.setAside(sequence, reason, this.#deps.clock.now())
  }

  async #save(): Promise<void> {
    if (this.#position === this.#savedPosition) return
    const position = this.#position
    await this.#deps.state.save(position)
    this.#savedPosition = position
    this.#savedAtMs = this.#deps.clock.monotonic()
    this.#starts = 0
  }

  /** Only what is behind us: its effects are there. */
  #acknowledge(): void {
    while (this.#deliveries[0] && this.#deliveries[0].to <= this.#position) this.#deliveries.shift()?.end(ConsumerStatus.ACK)
  }

  #forget(status: ConsumerStatus): void {
    for (const { end } of this.#deliveries.splice(0)) end(status)
  }

  /** What went wrong may be the state itself: it is read anew when somebody else had it. */
  #retryLater(): void {
    this.#wanted = true
    if (this.#stopped) return
    const delayMs = Math.min(this.#deps.retryDelayMs * 2 ** this.#tries, RETRY_DELAY_MS_MAX)
    this.#retry = setTimeout(() => {
      this.#retry = null
      this.#wake()
    }, delayMs)
  }
}
